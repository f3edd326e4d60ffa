/** What the system page says. Pure: somebody who was woken at night reads it, so it is plain and says what to do. */

import type { components } from '@/lib/api/schema'
import { HOUR, parseTime } from '@/lib/time'

type Schemas = components['schemas']
export type System = Schemas['System']
export type Workflow = Schemas['N8nWorkflow']
export type Failure = Schemas['N8nFailure']

/** fine: nothing to do. look: work goes on, somebody should look. down: leads wait. */
export type Tone = 'fine' | 'look' | 'down'

export type Headline = { tone: Tone; title: string; hint?: string; command?: string }

/** How things are in one sentence. */
export function headline(system: System, now: Date): Headline {
  const away = system.parts.filter((part) => part.state !== 'up').map((part) => partName(part.name))
  if (away.length > 0) {
    return {
      tone: 'down',
      title: `${listed(away)} ${away.length === 1 ? 'is' : 'are'} away. Leads wait.`,
      hint: 'What they write is kept, and answered when everything is back.',
      command: 'lead-reviver status',
    }
  }
  const carried = whoCarries(system)
  const needs = needsSomebody(system, now)
  if (carried.tone !== 'fine') return carried
  if (needs.length === 0) return { ...carried, title: `Everything is running. ${carried.title}` }
  const count = needs.length === 1 ? 'One thing needs' : `${needs.length} things need`
  return { ...carried, tone: 'look', title: `${carried.title} ${count} a person.` }
}

function whoCarries(system: System): Headline {
  const { n8n, runner, runner_setting: setting } = system
  if (n8n.state === 'up' && runner === 'n8n') return { tone: 'fine', title: 'n8n carries the conversation.' }
  if (setting === 'n8n' && n8n.state === 'up') {
    return { tone: 'fine', title: 'n8n is up and takes over in a moment.' }
  }
  if (setting === 'n8n') {
    return {
      tone: 'down',
      title: n8n.state === 'starting' ? 'n8n is starting. Leads wait until it is up.' : 'n8n is away. Leads wait.',
      hint: 'Nobody else may answer: LEAD_REVIVER_RUNNER is "n8n". With "auto", the built-in runner stands in.',
      command: 'lead-reviver n8n status',
    }
  }
  const waits = someoneWaits(system) ? '' : ' Nobody waits.'
  if (setting === 'auto' && n8n.state === 'down') {
    return {
      tone: 'look',
      title: `n8n is away; the built-in runner answers meanwhile.${waits}`,
      hint: 'When n8n is back, it takes over by itself.',
      command: 'lead-reviver n8n status',
    }
  }
  if (setting === 'auto' && n8n.state === 'starting') {
    return { tone: 'fine', title: 'n8n is starting; the built-in runner answers meanwhile.' }
  }
  if (setting === 'auto' && n8n.state === 'up') {
    return { tone: 'fine', title: 'The built-in runner answers until n8n takes over.' }
  }
  return { tone: 'fine', title: 'The built-in runner carries the conversation.' }
}

function someoneWaits(system: System): boolean {
  return system.parked_turns.length > 0 || system.parked_events.length > 0 || system.paused_channels.length > 0
}

/** The places on the page where somebody should look. */
export type Place = 'paused' | 'parked' | 'unread' | 'calendar' | 'workflows' | 'failures'

/** What needs a person, most urgent first, each with the place on the page where it is. */
export function needsSomebody(system: System, now: Date): { place: Place; text: string }[] {
  const {
    paused_channels: paused,
    parked_turns: turns,
    parked_events: events,
    parked_meeting_events: untold,
    n8n,
  } = system
  const leads = new Set(turns.map((each) => each.conversation_id)).size
  const used = system.runner_setting !== 'inline' && n8n.state !== 'absent'
  const broken = n8n.workflows.filter((each) => each.state === 'missing' || !each.active)
  const behind = n8n.workflows.filter((each) => each.state === 'outdated' && each.active)
  const failed = n8n.failures.filter((each) => now.getTime() - parseTime(each.failed_at).getTime() < HOUR)
  const found: { place: Place; many: number; text: string }[] = [
    {
      place: 'paused',
      many: paused.length,
      text: counted(paused.length, 'number may not send', 'numbers may not send'),
    },
    { place: 'parked', many: leads, text: counted(leads, 'lead got no answer', 'leads got no answer') },
    {
      place: 'unread',
      many: events.length,
      text: counted(events.length, 'webhook event could not be read in', 'webhook events could not be read in'),
    },
    {
      place: 'calendar',
      many: untold.length,
      text: counted(
        untold.length,
        'change of a meeting reached no calendar',
        'changes of meetings reached no calendar',
      ),
    },
    {
      place: 'workflows',
      many: used ? broken.length : 0,
      text: counted(broken.length, 'workflow does not run', 'workflows do not run'),
    },
    {
      place: 'workflows',
      many: used ? behind.length : 0,
      text: counted(behind.length, 'workflow is older than ours', 'workflows are older than ours'),
    },
    {
      place: 'failures',
      many: failed.length,
      text: counted(failed.length, 'run failed in the last hour', 'runs failed in the last hour'),
    },
  ]
  return found.filter((each) => each.many > 0).map(({ place, text }) => ({ place, text }))
}

const counted = (many: number, one: string, several: string): string => `${many} ${many === 1 ? one : several}`

const listed = (names: string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

const PARTS = new Map([
  ['postgres', 'Postgres'],
  ['redis', 'Redis'],
])

/** A part as its makers write it. */
export function partName(name: string): string {
  return PARTS.get(name) ?? name
}

const N8N_STATES = { up: 'Up', down: 'Away', starting: 'Starting', absent: 'Not set up' } as const

export function n8nState(state: System['n8n']['state']): string {
  return N8N_STATES[state]
}

/** Who answered in the last hour. */
export function sharesOfWork({ n8n, inline }: System['runners']): string {
  if (n8n + inline === 0) return 'In the last hour there was nothing to answer.'
  const parts = [
    n8n > 0 && `${counted(n8n, 'turn', 'turns')} by n8n`,
    inline > 0 && `${n8n > 0 ? inline : counted(inline, 'turn', 'turns')} by the built-in runner`,
  ]
  return `In the last hour: ${parts.filter(Boolean).join(', ')}.`
}

export type WorkflowWords = { tone: Tone; state: string; todo?: string; command?: string }

/** How a workflow stands in n8n, and what somebody may do about it. */
export function workflowWords({ state, active }: Workflow): WorkflowWords {
  if (state === 'missing') {
    return {
      tone: 'down',
      state: 'Deleted in n8n',
      todo: 'To put it back:',
      command: 'lead-reviver n8n provision --replace',
    }
  }
  const words = CHANGES[state]
  if (active) return words
  const changed = state === 'current' ? 'Switched off in n8n' : `Switched off in n8n; ${words.state.toLowerCase()}`
  return { tone: 'down', state: changed, todo: 'It does not run until it is published there.' }
}

const CHANGES: Record<'current' | 'changed' | 'outdated', WorkflowWords> = {
  current: { tone: 'fine', state: 'As shipped' },
  changed: { tone: 'fine', state: 'Changed by you, kept' },
  outdated: {
    tone: 'look',
    state: 'Changed by you; ours is newer',
    todo: 'To take ours, with a backup of yours:',
    command: 'lead-reviver n8n provision --replace',
  },
}

/** What became of the leads' messages in a run that failed. */
export function fateOfTurns(turns: number): string {
  if (turns === 0) return 'No answer was lost with it.'
  return turns === 1 ? 'Its turn was tried again or parked.' : `Its ${turns} turns were tried again or parked.`
}

/** Where n8n shows a run, or its workflow when the run never began; null when nobody may open n8n from here. */
export function runAddress(url: string | null, failure: Failure): string | null {
  const home = n8nAddress(url)
  if (home === null) return null
  const workflow = `${home}/workflow/${encodeURIComponent(failure.workflow_id)}`
  return failure.execution_id === null ? workflow : `${workflow}/executions/${encodeURIComponent(failure.execution_id)}`
}

/** n8n's own address; only of a kind that a browser opens as a page. */
export function n8nAddress(url: string | null): string | null {
  return url !== null && /^https?:\/\//.test(url) ? url.replace(/\/+$/, '') : null
}

/** What one press of "Try all again" did. */
export function retriedWords({ retried, left }: Schemas['RetriedTurns']): string {
  if (retried === 0) {
    return left === 0
      ? 'Nothing is parked any more.'
      : 'None could be tried again: a person answers there, or another answer comes first.'
  }
  const begun = retried === 1 ? 'One is tried again.' : `${retried} are tried again.`
  return left === 0 ? begun : `${begun} ${left === 1 ? 'One is' : `${left} are`} left; try again in a moment.`
}
