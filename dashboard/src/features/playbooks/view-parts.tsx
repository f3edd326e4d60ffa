import type { ReactNode } from 'react'

import { languageName } from '@/lib/language'
import type { Texts, Wordings } from './body'
import type { Language } from './words'

/** Names on the left, what they say on the right; below each other on a phone. */
export function Lines({ children }: { children: ReactNode }) {
  return <dl className="grid gap-x-6 gap-y-0.5 sm:grid-cols-[11rem_1fr] sm:gap-y-2">{children}</dl>
}

export function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-[13px] text-muted-foreground sm:pt-px">{name}</dt>
      <dd className="mb-2 min-w-0 break-words sm:mb-0">{children}</dd>
    </>
  )
}

/** What the bot says, marked as the language it is in. */
export function Said({ texts, language }: { texts: Texts | undefined; language: Language }) {
  const text = texts?.[language]
  if (!text) return <span className="text-muted-foreground">Not written in {languageName(language)}</span>
  return (
    <span lang={language} dir="auto">
      {text}
    </span>
  )
}

export function Topic({ title, badge, children }: { title: string; badge?: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <h3 className="flex flex-wrap items-center gap-2 text-sm font-semibold">
        <span className="inline-block first-letter:uppercase">{title}</span> {badge}
      </h3>
      <div className="mt-0.5 text-[13px] break-words text-muted-foreground">{children}</div>
    </div>
  )
}

/** Patterns by the language they were written for. */
export function Words({ wordings, nothing }: { wordings: Wordings | undefined; nothing: string }) {
  const languages = Object.entries(wordings ?? {}).filter(([, patterns]) => patterns?.length)
  if (languages.length === 0) return <p className="text-muted-foreground">{nothing}</p>
  return (
    <Lines>
      {languages.map(([language, patterns]) => (
        <Line key={language} name={languageName(language)}>
          <ul className="flex flex-wrap gap-1.5">
            {patterns?.map((each) => (
              <li
                key={each}
                lang={language}
                className="max-w-full rounded bg-muted px-1.5 font-mono text-[12px] break-words"
              >
                {each}
              </li>
            ))}
          </ul>
        </Line>
      ))}
    </Lines>
  )
}
