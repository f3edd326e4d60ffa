import type { components } from '@/lib/api/schema'
import type { Detail } from '@/lib/backend'
import { languageName } from '@/lib/language'

export type PlaybookVersion = components['schemas']['PlaybookVersion']
export type Trial = components['schemas']['Trial']
export type Language = string

/** Playbooks that come with Lead-Reviver, to begin one with. */
export const SHIPPED = [
  ['property_buyers', 'Property buyers'],
  ['property_sellers', 'Property sellers'],
  ['home_services_requote', 'Home services, a new quote'],
] as const
export type Shipped = (typeof SHIPPED)[number][0]

/** Versions by the name of their playbook: the one in force first, newest first within a name. */
export function byName(versions: readonly PlaybookVersion[]): { name: string; versions: PlaybookVersion[] }[] {
  const names = new Map<string, PlaybookVersion[]>()
  for (const each of versions) names.set(each.name, [...(names.get(each.name) ?? []), each])
  return [...names]
    .map(([name, own]) => ({ name, versions: own.toSorted((a, b) => b.version - a.version) }))
    .toSorted((a, b) => Number(inForce(b)) - Number(inForce(a)) || a.name.localeCompare(b.name))
}

const inForce = ({ versions }: { versions: PlaybookVersion[] }) => versions.some((each) => each.in_force)

export type Standing = 'in force' | 'draft' | 'replaced'

/** How a version stands: one is in force, the published ones before it were replaced, the others are drafts. */
export function standingOf(version: PlaybookVersion): Standing {
  if (version.in_force) return 'in force'
  return version.published_at ? 'replaced' : 'draft'
}

/** Whether a last day is over, by the clock that the engine goes by (UTC). Days as "2026-11-22". */
export function isOver(lastDay: string | null | undefined, now: Date): boolean {
  return lastDay != null && lastDay < now.toISOString().slice(0, 10)
}

/** A price in minor units. */
export function price(minor: number, currency: string): string {
  const format = (options: Intl.NumberFormatOptions = {}) =>
    new Intl.NumberFormat(undefined, { style: 'currency', currency, ...options })
  const { maximumFractionDigits: cents = 2 } = format().resolvedOptions()
  const amount = minor / 10 ** cents
  return format(Number.isInteger(amount) ? { maximumFractionDigits: 0 } : {}).format(amount)
}

/** What a trial tries, in the order in which it is shown. */
const TRIED: [kind: string, words: string][] = [
  ['languages', 'Languages that the bot understands'],
  ['texts', 'Texts that may be said'],
  ['opt_outs', 'Leads who want no more messages are left alone'],
  ['attacks', 'Attempts to mislead the bot fail'],
  ['questions', 'Answers to the questions are understood'],
  ['facts', 'Facts are told, and only while they are valid'],
  ['objections', 'Objections get their answer'],
  ['listings', 'Listings are named only while they are to be had'],
  ['conversations', 'Plain answers lead to the end'],
]

/** What a trial found, kind by kind, in plain words. */
export function trialLines(trial: Trial): { kind: string; words: string; tried: number; failed: number }[] {
  const known = new Map(TRIED)
  const kinds = [...TRIED.map(([kind]) => kind), ...Object.keys(trial.tried).filter((each) => !known.has(each))]
  return kinds
    .filter((kind) => trial.tried[kind])
    .map((kind) => ({
      kind,
      words: known.get(kind) ?? kind.replaceAll('_', ' '),
      tried: trial.tried[kind] ?? 0,
      failed: trial.failed.filter((each) => each.kind === kind).length,
    }))
}

/** Which thing of a trial it is, as people would say it: "thanks, English", "Spanish", what the lead said. */
export function triedItem({ kind, item }: { kind: string; item: string }): string {
  if (kind === 'languages' || kind === 'conversations') return languageName(item)
  if (kind !== 'texts') return `“${item}”`
  const dot = item.lastIndexOf('.')
  return `${item.slice(0, dot).replaceAll('_', ' ')}, ${languageName(item.slice(dot + 1))}`
}

/** Where in a file something stands, as people would say it: "questions 3 › ask › es" for `$.questions[2].ask.es`. */
export function placeOf(path: string | undefined): string {
  const steps = (path ?? '$').split('.').slice(1)
  if (steps.length === 0) return 'the file'
  return steps.map((step) => step.replace(/\[(\d+)\]/g, (_, index: string) => ` ${Number(index) + 1}`)).join(' › ')
}

/** The lines that something is wrong with, in order and each once. */
export function markedLines(problems: readonly Detail[]): number[] {
  return [...new Set(problems.flatMap(({ line }) => (line ? [line] : [])))].toSorted((a, b) => a - b)
}

/** Where a line begins and ends in a text; lines count from 1. */
export function spanOfLine(text: string, line: number): [from: number, until: number] {
  const lines = text.split('\n')
  const at = Math.min(Math.max(line, 1), lines.length)
  const from = lines.slice(0, at - 1).reduce((sum, each) => sum + each.length + 1, 0)
  return [from, from + (lines[at - 1]?.length ?? 0)]
}

/** What the file of a version is called on somebody's disk. */
export function fileName(name: string, version: number): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
  return `${plain || 'playbook'}-v${version}.yaml`
}

/** "20:00 to 9:00": hours over midnight. */
export const hoursText = ({ begin, end }: { begin: number; end: number }): string => `${begin}:00 to ${end}:00`

/** "4 hours", "2 days": how long the bot waits before it follows up. */
export function waitText(minutes: number): string {
  const say = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`
  if (minutes % 1440 === 0) return say(minutes / 1440, 'day')
  if (minutes % 60 === 0) return say(minutes / 60, 'hour')
  return say(minutes, 'minute')
}
