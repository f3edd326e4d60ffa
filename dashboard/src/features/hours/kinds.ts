import type { MeetingType, MeetingTypeBody } from './api'

/** How a kind of meeting is planned until somebody says otherwise. */
export const USUAL: MeetingTypeBody = {
  minutes: 45,
  minutes_before: 0,
  minutes_after: 0,
  every_minutes: 30,
  notice_minutes: 120,
  hold_minutes: 10,
  horizon_days: 14,
  offered_at_once: 3,
  reminder_template: null,
  cancelled_template: null,
  moved_template: null,
  missed_template: null,
}

/** How a kind is planned, without what the record adds. */
export function planOf(type: MeetingType): MeetingTypeBody {
  return Object.fromEntries(
    Object.keys(USUAL).map((name) => [name, type[name as keyof MeetingTypeBody]]),
  ) as MeetingTypeBody
}

/** A name as playbooks write it: "Property viewing" is property_viewing; empty when nothing is left of it. */
export function kindOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '')
    .slice(0, 40)
}

/** A kind as people read it: property_viewing is "property viewing". */
export const readableKind = (kind: string): string => kind.replaceAll('_', ' ')

type Kinds = { offered: MeetingType[]; retired: MeetingType[]; missing: string[] }

/** Kinds that are offered, that are not any more, and that the playbook in force names though nobody planned them. */
export function sortedKinds(types: readonly MeetingType[], named: readonly string[]): Kinds {
  const offered = types.filter((each) => each.retired_at === null)
  const planned = new Set(offered.map((each) => each.kind))
  return {
    offered,
    retired: types.filter((each) => each.retired_at !== null),
    missing: named.filter((each) => !planned.has(each)),
  }
}
