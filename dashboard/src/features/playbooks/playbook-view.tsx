import { type ReactNode, useState } from 'react'

import { Card } from '@/components/card'
import { cn } from '@/lib/cn'
import { languageName } from '@/lib/language'
import { type PlaybookBody, type Question, SAID, type Texts } from './body'
import { Knowledge } from './knowledge-view'
import { Line, Lines, Said, Topic, Words } from './view-parts'
import { hoursText, type Language, waitText } from './words'

/** A playbook as people read it, in one of its languages at a time. */
export function PlaybookView({ body, now }: { body: PlaybookBody; now: Date }) {
  const [chosen, setChosen] = useState(body.languages[0] ?? 'en')
  return (
    <div className="flex flex-col gap-4">
      <Languages languages={body.languages} chosen={chosen} onChoose={setChosen} />
      <Aims body={body} />
      <Questions body={body} language={chosen} />
      <Knowledge body={body} language={chosen} now={now} />
      <Handover body={body} />
      <Silence body={body} language={chosen} />
      <Card title="Texts" hint={<OtherLanguages body={body} />}>
        <Lines>
          {SAID.map(([name, title]) => (
            <Line key={name} name={title}>
              <Said texts={body[name]} language={chosen} />
            </Line>
          ))}
          {Object.entries(body.endings ?? {}).map(([name, texts]) => (
            <Line key={name} name={`Ending: ${name.replaceAll('_', ' ')}`}>
              <Said texts={texts} language={chosen} />
            </Line>
          ))}
        </Lines>
      </Card>
      <Progress body={body} />
    </div>
  )
}

type LanguagesProps = { languages: Language[]; chosen: Language; onChoose: (language: Language) => void }

function Languages({ languages, chosen, onChoose }: LanguagesProps) {
  if (languages.length < 2) return null
  return (
    <div role="group" aria-label="Show its texts in" className="flex flex-wrap items-center gap-1.5">
      <span aria-hidden className="mr-1 text-[13px] text-muted-foreground">
        Texts in
      </span>
      {languages.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === chosen}
          onClick={() => onChoose(each)}
          className={cn(
            'focus-ring rounded-full border px-3 py-1 text-[13px] font-medium',
            each === chosen ? 'border-transparent bg-primary text-primary-foreground' : 'bg-card hover:bg-accent',
          )}
        >
          {languageName(each)}
        </button>
      ))}
    </div>
  )
}

/** A few texts are also written in languages that the bot does not converse in. */
function OtherLanguages({ body }: { body: PlaybookBody }) {
  const all = SAID.flatMap(([name]) => Object.keys(body[name] as Texts))
  const others = [...new Set(all)].filter((each) => !body.languages.includes(each)).map(languageName)
  if (others.length === 0) return null
  return <>Some are also written for leads who write in {new Intl.ListFormat('en').format(others)}.</>
}

function Aims({ body }: { body: PlaybookBody }) {
  return (
    <Card title="What it is for">
      <Lines>
        <Line name="Goal">{body.goal || 'Not said'}</Line>
        <Line name="Persona">{body.persona}</Line>
        <Line name="Tone">{body.tone || 'Not said'}</Line>
        <Line name="Languages">{body.languages.map(languageName).join(', ')}</Line>
        <Line name="Currency">{body.currency}</Line>
        <Line name="Approval">
          {body.approval ? 'A person sends each message' : 'As the workspace has it, under "Approval"'}
        </Line>
      </Lines>
    </Card>
  )
}

const TYPES: Record<Question['type'], string> = {
  text: 'Text',
  number: 'Number',
  money: 'Amount of money',
  choice: 'One of these',
  yes_no: 'Yes or no',
}

function Questions({ body, language }: { body: PlaybookBody; language: Language }) {
  return (
    <Card title="Questions" hint="In this order; what a lead has told already is not asked.">
      {body.questions.length === 0 && <p className="text-muted-foreground">It asks nothing.</p>}
      <ol className="flex flex-col gap-4">
        {body.questions.map((each, place) => (
          <li key={each.field} className="flex gap-3">
            <span aria-hidden className="w-4 shrink-0 text-right text-muted-foreground tabular-nums">
              {place + 1}
            </span>
            <div className="min-w-0">
              <p lang={language} className="font-medium">
                {each.ask[language]?.[0]}
              </p>
              <p className="text-[13px] text-muted-foreground">
                {TYPES[each.type]}
                {each.choices?.length
                  ? `: ${each.choices.map((choice) => choice.title[language]).join(', ')}`
                  : ''}. {each.why}
              </p>
              {each.ask[language]?.[1] && (
                <p className="text-[13px] text-muted-foreground">
                  Asked again: <span lang={language}>{each.ask[language][1]}</span>
                </p>
              )}
              {Object.entries(each.enough_when ?? {}).map(([field, values]) => (
                <p key={field} className="text-[13px] text-muted-foreground">
                  Not asked when {field.replaceAll('_', ' ')} is {values.join(' or ')}.
                </p>
              ))}
            </div>
          </li>
        ))}
      </ol>
      {(body.also_learns?.length ?? 0) > 0 && (
        <p className="mt-4 text-[13px] text-muted-foreground">
          Kept when a lead mentions it: {body.also_learns?.join(', ').replaceAll('_', ' ')}.
        </p>
      )}
    </Card>
  )
}

function Handover({ body }: { body: PlaybookBody }) {
  return (
    <>
      <Card
        title="Handed over to a person"
        hint="What only a person talks about, as patterns, whichever language it is in."
      >
        <Words wordings={body.for_a_person} nothing="Nothing beyond what always goes to a person." />
      </Card>
      <Card title="Never said" hint="Patterns that no text of the bot may hold.">
        <Words wordings={body.never_say} nothing="No words of its own are forbidden." />
      </Card>
    </>
  )
}

function Silence({ body, language }: { body: PlaybookBody; language: Language }) {
  const followUps = body.follow_ups ?? []
  return (
    <Card title="Meetings, follow-ups and quiet hours">
      <Lines>
        <Line name="Meetings">
          {body.meetings?.length
            ? body.meetings.map((each) => `${each.title[language] ?? each.kind} (${each.kind})`).join(', ')
            : 'A person makes the dates'}
        </Line>
        <Line name="Quiet hours">
          {body.quiet_hours
            ? `${hoursText(body.quiet_hours)}, by the lead's clock: nothing is sent unasked`
            : "The lead's own hours alone"}
        </Line>
        <Line name="On the day a lead named">
          {body.wake_template
            ? `The template ${body.wake_template}, once more than a day has passed`
            : 'A person writes, once more than a day has passed'}
        </Line>
        {followUps.length === 0 && <Line name="Follow-ups">The bot never writes unasked</Line>}
        {followUps.map((each, place) => (
          <Line key={`${each.after_minutes} ${each.text[language]}`} name={`Follow-up ${place + 1}`}>
            After {waitText(each.after_minutes)}: <Said texts={each.text} language={language} />
          </Line>
        ))}
      </Lines>
    </Card>
  )
}

function Progress({ body }: { body: PlaybookBody }) {
  const score = Object.entries(body.score ?? {})
  const ageing = body.ageing ?? []
  if (score.length === 0 && ageing.length === 0 && body.stages === undefined) return null
  return (
    <Card title="Stages and score">
      <div className="grid gap-4 sm:grid-cols-2">
        {body.stages && <Topic title="Stages">{body.stages.join(', ')}</Topic>}
        {ageing.length > 0 && (
          <Topic title="Left by silence">
            {ageing.map((each): ReactNode => (
              <span key={each.stage} className="block">
                {each.stage} becomes {each.becomes} after {waitText(each.after_days * 1440)}
              </span>
            ))}
          </Topic>
        )}
        {score.length > 0 && (
          <Topic title="Points">
            {score.map(([about, points]): ReactNode => (
              <span key={about} className="block">
                {about.replaceAll('_', ' ').replace(':', ': ')} <span className="tabular-nums">{points}</span>
              </span>
            ))}
          </Topic>
        )}
      </div>
    </Card>
  )
}
