import { TriangleAlertIcon } from 'lucide-react'

import { useWarning } from './approvals'

/** A person may send what they like; this says what the law may think of it. */
export function WordingWarning({ text }: { text: string }) {
  const found = useWarning(text)
  return (
    <div role="status">
      {found !== null && (
        <p className="mt-2 flex items-start gap-2 rounded-lg bg-waiting px-3 py-2 text-[13px] text-waiting-foreground">
          <TriangleAlertIcon className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span>
            <q>{found}</q> says who lives somewhere, or should, or how safe that makes it. Fair-housing law may forbid
            it; describe the home instead. You can send it all the same.
          </span>
        </p>
      )}
    </div>
  )
}
