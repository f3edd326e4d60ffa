import { PencilIcon } from 'lucide-react'
import { useState } from 'react'
import { uuidv7 } from 'uuidv7'

import { Button } from '@/components/ui/button'
import type { Conversation } from '@/lib/conversation'
import type { FieldValue } from '@/lib/database'
import { readableValue } from '@/lib/field-value'
import { jumpToMessage } from '@/lib/jumps'
import { parseTime, shortDate } from '@/lib/time'
import { useCanWrite, useMemberNames } from '@/lib/workspace'
import { type EditableField, useCorrectField, useCorrections, useEditableFields } from './api-fields'
import { FieldEditor } from './field-editor'

type FieldsProps = { conversation: Conversation; onJump: () => void }

/** What the lead told us, field by field, with the words it came from; each can be put right. */
export function Fields({ conversation, onJump }: FieldsProps) {
  const { lead } = conversation
  const editable = useEditableFields(lead.id)
  const canWrite = useCanWrite()
  const [open, setOpen] = useState<string | null>(null)
  const asked = editable.data?.fields ?? []
  const known = Object.keys(lead.fields)
  const names = [...asked.map((each) => each.field), ...known.filter((name) => asked.every((e) => e.field !== name))]
  const shown = canWrite ? names : names.filter((name) => known.includes(name))
  if (shown.length === 0)
    return <p className="text-muted-foreground">Nothing yet. Answers show up here as the conversation goes on.</p>
  return (
    <>
      <dl className="flex flex-col gap-3.5">
        {shown.map((name) => {
          const field = asked.find((each) => each.field === name)
          const value = lead.fields[name]
          const label = readableField(name)
          return (
            <div key={name} className="group">
              <dt className="flex items-center justify-between gap-2 text-[13px] text-muted-foreground">
                {label}
                {canWrite && field && open !== name && (
                  <button
                    type="button"
                    aria-label={`Correct ${label}`}
                    title={field.why ?? undefined}
                    onClick={() => setOpen(name)}
                    className="focus-ring -my-1 rounded p-1.5 opacity-60 hover:bg-accent hover:opacity-100"
                  >
                    <PencilIcon className="size-3.5" aria-hidden />
                  </button>
                )}
              </dt>
              <dd>
                {open === name && field ? (
                  <FieldEditor
                    leadId={lead.id}
                    conversationId={conversation.id}
                    field={field}
                    label={label}
                    value={value?.value}
                    currency={editable.data?.currency ?? 'EUR'}
                    onClose={() => setOpen(null)}
                  />
                ) : value === undefined ? (
                  <span className="text-muted-foreground">Not asked or not answered yet</span>
                ) : (
                  <Known conversation={conversation} name={name} value={value} field={field} onJump={onJump} />
                )}
              </dd>
            </div>
          )
        })}
      </dl>
      <History leadId={lead.id} fields={lead.fields} editable={asked} />
    </>
  )
}

type KnownProps = FieldsProps & { name: string; value: FieldValue; field: EditableField | undefined }

function Known({ conversation, name, value, field, onJump }: KnownProps) {
  const nameOf = useMemberNames()
  const readable = titled(value.value, field)
  const by = nameOf(value.corrected_by ?? null)
  return (
    <>
      <span className="font-medium">{readable}</span>
      {value.said && value.said !== readable && <Said {...value} said={value.said} onJump={onJump} />}
      {value.corrected_at && (
        <p className="mt-0.5 text-xs text-muted-foreground">
          Corrected by {by === 'You' ? 'you' : by}, {shortDate(parseTime(value.corrected_at))}
        </p>
      )}
      {value.heard && (
        <Suggestion
          conversation={conversation}
          name={name}
          value={value}
          heard={value.heard}
          field={field}
          onJump={onJump}
        />
      )}
    </>
  )
}

function Said({ said, message_id: source, onJump }: { said: string; message_id?: string | null; onJump: () => void }) {
  const words = <q>{said}</q>
  const look = 'mt-0.5 block w-full border-l-2 border-primary/30 pl-2.5 text-left text-[13px] text-muted-foreground'
  if (!source) return <span className={look}>{words}</span>
  return (
    <button
      type="button"
      title="Show the message"
      onClick={() => {
        onJump()
        jumpToMessage(source)
      }}
      className={`focus-ring rounded-r ${look} hover:text-foreground`}
    >
      {words}
      <span className="sr-only"> Show the message</span>
    </button>
  )
}

/** A later word of the lead that differs from what a person put right: somebody decides. */
function Suggestion({ conversation, name, value, heard, field, onJump }: KnownProps & { heard: FieldValue }) {
  const correct = useCorrectField(conversation.lead.id, conversation.id)
  const canWrite = useCanWrite()
  const decide = (chosen: unknown) => correct.mutate({ id: uuidv7(), field: name, value: chosen })
  return (
    <div className="mt-1.5 rounded-lg bg-waiting px-2.5 py-2 text-[13px] text-waiting-foreground">
      <p>
        Since then the lead said: <span className="font-medium">{titled(heard.value, field)}</span>
      </p>
      {heard.said && <Said {...heard} said={heard.said} onJump={onJump} />}
      {canWrite && (
        <div className="mt-2 flex flex-wrap gap-1.5">
          <Button size="sm" variant="outline" disabled={correct.isPending} onClick={() => decide(heard.value)}>
            Take it
          </Button>
          <Button size="sm" variant="ghost" disabled={correct.isPending} onClick={() => decide(value.value)}>
            Keep ours
          </Button>
        </div>
      )}
      {correct.isError && (
        <p role="alert" className="mt-1 font-medium">
          {correct.error.message}
        </p>
      )}
    </div>
  )
}

type HistoryProps = { leadId: string; fields: Record<string, FieldValue>; editable: EditableField[] }

function History({ leadId, fields, editable }: HistoryProps) {
  const [open, setOpen] = useState(false)
  const corrections = useCorrections(leadId, open)
  const nameOf = useMemberNames()
  if (!Object.values(fields).some((value) => value.corrected_at)) return null
  return (
    <details className="mt-4 text-[13px]" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="focus-ring cursor-pointer rounded text-muted-foreground hover:text-foreground">
        What people corrected
      </summary>
      {corrections.isPending ? (
        <p role="status" className="mt-2 text-muted-foreground">
          Loading…
        </p>
      ) : corrections.isError ? (
        <p className="mt-2">
          This could not be loaded.{' '}
          <button
            type="button"
            className="focus-ring rounded font-medium text-primary underline"
            onClick={() => void corrections.refetch()}
          >
            Try again
          </button>
        </p>
      ) : (
        <ul className="mt-2 flex flex-col gap-2">
          {corrections.data.map((each) => {
            const field = editable.find(({ field: name }) => name === each.field)
            return (
              <li key={each.id}>
                {readableField(each.field)}: {each.before ? titled(each.before.value, field) : 'nothing'} →{' '}
                <span className="font-medium">{titled(each.after.value, field)}</span>
                <span className="block text-xs text-muted-foreground">
                  {nameOf(each.corrected_by)} · {shortDate(parseTime(each.corrected_at))}
                </span>
              </li>
            )
          })}
        </ul>
      )}
    </details>
  )
}

function readableField(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words[0]!.toLocaleUpperCase() + words.slice(1)
}

/** A choice by its title, anything else as people write it. */
function titled(value: unknown, field: EditableField | undefined): string {
  return field?.choices.find((choice) => choice.value === value)?.title ?? readableValue(value)
}
