import { XIcon } from 'lucide-react'
import { Dialog as DialogPrimitive } from 'radix-ui'
import type { ComponentProps } from 'react'

import { cn } from '@/lib/cn'

export const Dialog = DialogPrimitive.Root
export const DialogTitle = DialogPrimitive.Title
export const DialogDescription = DialogPrimitive.Description

function Overlay() {
  return <DialogPrimitive.Overlay className="fixed inset-0 z-50 animate-in bg-black/45 fade-in-0" />
}

function Close() {
  return (
    <DialogPrimitive.Close className="focus-ring absolute top-3.5 right-3.5 rounded-md p-1.5 text-muted-foreground hover:bg-accent hover:text-accent-foreground">
      <XIcon className="size-4" />
      <span className="sr-only">Close</span>
    </DialogPrimitive.Close>
  )
}

export function DialogContent({ className, children, ...props }: ComponentProps<typeof DialogPrimitive.Content>) {
  return (
    <DialogPrimitive.Portal>
      <Overlay />
      <DialogPrimitive.Content
        className={cn(
          'fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 animate-in overflow-y-auto rounded-xl border bg-popover p-6 text-popover-foreground shadow-xl outline-none fade-in-0 zoom-in-95',
          className,
        )}
        {...props}
      >
        {children}
        <Close />
      </DialogPrimitive.Content>
    </DialogPrimitive.Portal>
  )
}

/** A dialog that comes in from the right and fills the height. */
export function SheetContent({ className, children, ...props }: ComponentProps<typeof DialogPrimitive.Content>) {
  return (
    <DialogPrimitive.Portal>
      <Overlay />
      <DialogPrimitive.Content
        className={cn(
          'fixed inset-y-0 right-0 z-50 w-full max-w-md animate-in overflow-y-auto border-l bg-card text-card-foreground shadow-xl outline-none slide-in-from-right',
          className,
        )}
        {...props}
      >
        {children}
        <Close />
      </DialogPrimitive.Content>
    </DialogPrimitive.Portal>
  )
}
