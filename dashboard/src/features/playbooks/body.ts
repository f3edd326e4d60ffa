import type { Language } from './words'

/** What a playbook says, as `playbooks.body` keeps it: what is as usual is left out. See docs/playbooks.md. */
export type Texts = Partial<Record<Language, string>>
export type Wordings = Partial<Record<Language, string[]>>

export type Question = {
  field: string
  type: 'text' | 'number' | 'money' | 'choice' | 'yes_no'
  why: string
  ask: Wordings
  choices?: { value: string; title: Texts }[]
  enough_when?: Record<string, string[]>
}
export type Fact = { topic: string; example: Texts; answer: Texts; valid_until?: string | null }
export type Listing = {
  id: string
  title: string
  area: string
  type: string
  price_minor: number
  valid_until: string
  bedrooms?: number | null
  currency?: string | null
  status?: 'available' | 'reserved' | 'sold'
}
export type Objection = { topic: string; example: Texts; answer: Texts }

export type PlaybookBody = {
  name: string
  goal?: string
  languages: Language[]
  currency: string
  persona: string
  tone?: string
  approval?: boolean
  questions: Question[]
  also_learns?: string[]
  knowledge?: { facts?: Fact[]; listings?: Listing[] }
  objections?: Objection[]
  for_a_person?: Wordings
  never_say?: Wordings
  meetings?: { kind: string; title: Texts }[]
  follow_ups?: { after_minutes: number; text: Texts; template?: string | null }[]
  wake_template?: string | null
  quiet_hours?: { begin: number; end: number } | null
  stages?: string[]
  ageing?: { stage: string; after_days: number; becomes: string }[]
  score?: Record<string, number>
  endings?: Record<string, Texts>
} & Record<SaidName, Texts>

/** Texts for one occasion each, in the order in which a conversation meets them. */
export const SAID = [
  ['greeting', 'Greeting'],
  ['disclosure', 'Says that it is an assistant'],
  ['honest_answer', 'Asked "are you a bot?"'],
  ['noted', 'Repeats what it understood'],
  ['thanks', 'Thanks for an answer'],
  ['no_problem', 'The lead does not know yet'],
  ['not_understood', 'Did not understand'],
  ['media', 'Got a picture or a file'],
  ['cannot_answer', 'Leaves a question to a person'],
  ['handover', 'Hands over'],
  ['closing', 'Everything is answered'],
  ['opt_out_confirmation', 'The lead wants no more messages'],
] as const
type SaidName = (typeof SAID)[number][0]
