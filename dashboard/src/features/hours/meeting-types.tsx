import { PlusIcon } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'

import { Fate, Field } from '@/components/card'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { parseTime, shortDate } from '@/lib/time'
import { type MeetingType, useRetireMeetingType, useSetMeetingType } from './api'
import { kindOf, planOf, readableKind, sortedKinds, USUAL } from './kinds'
import { PlanForm } from './plan-form'

type MeetingTypesProps = {
  types: MeetingType[]
  /** Kinds that the playbook in force names. */
  named: string[]
  mayEdit: boolean
}

/** Kinds of meeting: made, planned, retired, offered again. */
export function MeetingTypes({ types, named, mayEdit }: MeetingTypesProps) {
  const { offered, retired, missing } = sortedKinds(types, named)
  const [begun, setBegun] = useState<string | null>(null)
  return (
    <>
      {offered.length === 0 && (
        <p className="text-sm text-muted-foreground">None is planned yet, so the bot offers no times.</p>
      )}
      <ul className="flex flex-col gap-6 empty:hidden">
        {offered.map((each) => (
          <li key={each.id}>
            <PlannedKind type={each} named={named} mayEdit={mayEdit} />
          </li>
        ))}
      </ul>
      {missing.length > 0 && (
        <div className="mt-4 rounded-lg bg-waiting p-3 text-[13px] text-waiting-foreground">
          <p>
            The playbook in force names {missing.map(readableKind).join(', ')}, which nobody planned or which was
            retired: leads who ask for it get a person.
          </p>
          {mayEdit && (
            <div className="mt-2 flex flex-wrap gap-2 empty:hidden">
              {missing
                .filter((each) => !retired.some((type) => type.kind === each))
                .map((each) => (
                  <Button key={each} variant="outline" size="sm" onClick={() => setBegun(each)}>
                    Plan {readableKind(each)}
                  </Button>
                ))}
            </div>
          )}
        </div>
      )}
      {mayEdit && begun === null && (
        <Button variant="outline" className="mt-6" onClick={() => setBegun('')}>
          <PlusIcon /> New kind of meeting
        </Button>
      )}
      {mayEdit && begun !== null && (
        <NewKind key={begun} begun={begun} taken={types.map((each) => each.kind)} onClose={() => setBegun(null)} />
      )}
      {retired.length > 0 && <RetiredKinds types={retired} mayEdit={mayEdit} />}
    </>
  )
}

type PlannedKindProps = { type: MeetingType; named: string[]; mayEdit: boolean }

function PlannedKind({ type, named, mayEdit }: PlannedKindProps) {
  const save = useSetMeetingType()
  const retire = useRetireMeetingType()
  const name = readableKind(type.kind)
  return (
    <PlanForm
      title={name}
      hint={
        named.length > 0 && !named.includes(type.kind) && 'The playbook in force does not name it: only people book it.'
      }
      plan={planOf(type)}
      mayEdit={mayEdit}
      submit={`Save ${name}`}
      isPending={save.isPending}
      error={save.error ?? retire.error}
      done={save.isSuccess && 'Saved.'}
      onSubmit={(plan) => save.mutate({ kind: type.kind, plan })}
    >
      <Button
        variant="ghost"
        disabled={retire.isPending}
        aria-label={`Retire ${name}`}
        onClick={() => retire.mutate(type.kind)}
      >
        Retire
      </Button>
    </PlanForm>
  )
}

type NewKindProps = { begun: string; taken: string[]; onClose: () => void }

function NewKind({ begun, taken, onClose }: NewKindProps) {
  const [name, setName] = useState(readableKind(begun))
  const [problem, setProblem] = useState<string | null>(null)
  const save = useSetMeetingType()
  const kind = kindOf(name)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <div className="mt-6 border-t pt-5">
      <PlanForm
        title="New kind of meeting"
        plan={USUAL}
        mayEdit
        submit="Make it"
        isPending={save.isPending}
        error={problem ?? save.error}
        onSubmit={(plan) => {
          const found = taken.includes(kind) ? `There is a kind named ${readableKind(kind)} already.` : null
          setProblem(found)
          if (found === null) save.mutate({ kind, plan }, { onSuccess: onClose })
        }}
        first={
          <Field label="Name">
            {(id) => (
              <>
                <Input
                  id={id}
                  required
                  ref={field}
                  maxLength={40}
                  value={name}
                  placeholder="Viewing"
                  aria-describedby={`${id}-says`}
                  className="h-9 text-sm sm:w-72"
                  onChange={(event) => setName(event.target.value)}
                />
                <p id={`${id}-says`} className="mt-1 mb-3 text-[13px] text-muted-foreground">
                  Playbooks name it{' '}
                  <code className="rounded bg-muted px-1 font-mono text-[12px]">{kind || '(letters, please)'}</code>;
                  what leads read stands there.
                </p>
              </>
            )}
          </Field>
        }
      >
        <Button variant="ghost" onClick={onClose}>
          Cancel
        </Button>
      </PlanForm>
    </div>
  )
}

function RetiredKinds({ types, mayEdit }: { types: MeetingType[]; mayEdit: boolean }) {
  const bringBack = useSetMeetingType()
  return (
    <section aria-label="Retired kinds" className="mt-6 border-t pt-4">
      <h3 className="text-sm font-semibold">Retired</h3>
      <p className="text-[13px] text-muted-foreground">
        Not offered any more. What is booked stands, with its reminders.
      </p>
      <ul className="mt-1 flex flex-col divide-y">
        {types.map((each) => (
          <li key={each.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2 text-sm">
            <span>
              <span className="inline-block font-medium first-letter:uppercase">{readableKind(each.kind)}</span>{' '}
              <span className="text-muted-foreground">
                {each.retired_at && `since ${shortDate(parseTime(each.retired_at))}`}
              </span>
            </span>
            {mayEdit && (
              <Button
                variant="outline"
                size="sm"
                disabled={bringBack.isPending}
                aria-label={`Offer ${readableKind(each.kind)} again`}
                onClick={() => bringBack.mutate({ kind: each.kind, plan: planOf(each) })}
              >
                Offer again
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Fate error={bringBack.error} />
    </section>
  )
}
