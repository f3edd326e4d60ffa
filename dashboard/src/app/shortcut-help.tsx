import { Dialog, DialogContent, DialogDescription, DialogTitle } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/kbd'
import { setShortcuts, useShortcutsOn } from '@/lib/shortcuts'

const GROUPS: { title: string; keys: [string[], string][] }[] = [
  {
    title: 'Inbox',
    keys: [
      [['j', '↓'], 'Next conversation'],
      [['k', '↑'], 'Previous conversation'],
      [['Enter'], 'Open it and write'],
      [['/'], 'Search'],
      [['1', '2', '3', '4', '5', '6', '7'], 'All, unread, waiting, mine, offered, to send, best'],
    ],
  },
  {
    title: 'Conversation',
    keys: [
      [['r'], 'Write'],
      [['t'], 'Take over'],
      [['h'], 'Hand back to the bot'],
      [['p'], 'About this lead'],
      [['Esc'], 'Back to the list'],
    ],
  },
]

export function ShortcutHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const on = useShortcutsOn()
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent>
        <DialogTitle className="text-lg font-semibold tracking-tight">Keyboard shortcuts</DialogTitle>
        <DialogDescription className="mt-1 text-muted-foreground">They rest while you write.</DialogDescription>
        {GROUPS.map((group) => (
          <section key={group.title} className="mt-5">
            <h3 className="mb-2 text-[13px] font-semibold text-muted-foreground">{group.title}</h3>
            <dl className="flex flex-col gap-1.5">
              {group.keys.map(([keys, what]) => (
                <div key={what} className="flex items-center justify-between gap-4">
                  <dt>{what}</dt>
                  <dd className="flex gap-1">
                    {keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <label className="mt-6 flex items-center gap-2.5 border-t pt-4">
          <input
            type="checkbox"
            checked={on}
            onChange={(event) => setShortcuts(event.target.checked)}
            className="focus-ring size-4 accent-primary"
          />
          Single keys work as shortcuts
        </label>
      </DialogContent>
    </Dialog>
  )
}
