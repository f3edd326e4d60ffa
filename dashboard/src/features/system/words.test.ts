import { expect, test } from 'vitest'

import {
  fateOfTurns,
  type Failure,
  headline,
  n8nAddress,
  needsSomebody,
  retriedWords,
  runAddress,
  sharesOfWork,
  type System,
  type Workflow,
  workflowWords,
} from './words'

const NOW = new Date('2026-11-22T03:00:00Z')

const FAILURE: Failure = {
  id: '0190',
  workflow_id: 'process messages',
  workflow_name: 'Process inbound messages',
  execution_id: '417',
  node: 'Reply',
  reason: 'The step did not answer in time.',
  turns: 3,
  failed_at: '2026-11-22T02:40:00Z',
}
const TURN = {
  id: '1',
  conversation_id: '2',
  lead_name: 'Ana',
  reason: 'The model is away.',
  attempts: 6,
  runner: 'n8n',
  parked_at: '2026-11-22T02:00:00Z',
}

function aWorkflow(changes: Partial<Workflow> = {}): Workflow {
  return {
    id: 'w',
    name: 'Report the day',
    version: '1.0.0',
    state: 'current',
    active: true,
    checked_at: '2026-11-22T01:00:00Z',
    ...changes,
  }
}

function aSystem({ n8n = {}, ...changes }: Partial<Omit<System, 'n8n'>> & { n8n?: Partial<System['n8n']> } = {}) {
  const system: System = {
    parts: [
      { name: 'postgres', state: 'up', detail: '' },
      { name: 'redis', state: 'up', detail: '' },
    ],
    parked_turns: [],
    parked_events: [],
    parked_meeting_events: [],
    paused_channels: [],
    runner: 'n8n',
    runner_setting: 'auto',
    runners: { n8n: 10, inline: 0 },
    model: 'playbook',
    model_use: null,
    ...changes,
    n8n: { state: 'up', detail: '', url: null, workflows: [], failures: [], ...n8n },
  }
  return system
}

const said = (system: System) => {
  const { tone, title } = headline(system, NOW)
  return [tone, title]
}

test('a quiet night is said in two sentences', () => {
  expect(said(aSystem())).toEqual(['fine', 'Everything is running. n8n carries the conversation.'])
})

test('n8n may be away without anybody waiting', () => {
  const system = aSystem({ runner: 'inline', n8n: { state: 'down' } })
  expect(said(system)).toEqual(['look', 'n8n is away; the built-in runner answers meanwhile. Nobody waits.'])
})

test('it does not say that nobody waits when somebody does', () => {
  const system = aSystem({ runner: 'inline', n8n: { state: 'down' }, parked_turns: [TURN] })
  expect(said(system)).toEqual(['look', 'n8n is away; the built-in runner answers meanwhile.'])
})

test('with n8n alone allowed, its absence is an outage', () => {
  const alone = (state: System['n8n']['state']) => said(aSystem({ runner_setting: 'n8n', n8n: { state } }))
  expect(alone('down')).toEqual(['down', 'n8n is away. Leads wait.'])
  expect(alone('absent')).toEqual(['down', 'n8n is away. Leads wait.'])
  expect(alone('starting')).toEqual(['down', 'n8n is starting. Leads wait until it is up.'])
  expect(alone('up')[0]).toBe('fine')
})

test.each([
  ['auto', 'starting', 'Everything is running. n8n is starting; the built-in runner answers meanwhile.'],
  ['auto', 'up', 'Everything is running. The built-in runner answers until n8n takes over.'],
  ['auto', 'absent', 'Everything is running. The built-in runner carries the conversation.'],
  ['inline', 'down', 'Everything is running. The built-in runner carries the conversation.'],
] as const)('the built-in runner answers: asked for %s, n8n %s', (runner_setting, state, title) => {
  expect(said(aSystem({ runner: 'inline', runner_setting, n8n: { state } }))).toEqual(['fine', title])
})

test('a part that is away comes before everything else', () => {
  const redis = { name: 'redis', state: 'down', detail: 'ConnectionError' }
  const postgres = { name: 'postgres', state: 'down', detail: 'TimeoutError' }
  expect(said(aSystem({ parts: [redis], parked_turns: [TURN] }))).toEqual(['down', 'Redis is away. Leads wait.'])
  expect(said(aSystem({ parts: [postgres, redis] }))[1]).toBe('Postgres and Redis are away. Leads wait.')
})

test('what needs a person is counted, most urgent first', () => {
  const system = aSystem({
    parked_turns: [TURN, { ...TURN, id: '3' }, { ...TURN, id: '4', conversation_id: '5' }],
    paused_channels: [{ id: '1', name: 'Sales', reason: 'The token expired.', paused_at: '2026-11-22T02:00:00Z' }],
    n8n: {
      workflows: [aWorkflow({ state: 'changed' }), aWorkflow({ state: 'outdated' }), aWorkflow({ active: false })],
      failures: [FAILURE, { ...FAILURE, failed_at: '2026-11-21T03:00:00Z' }],
    },
  })
  expect(said(system)).toEqual(['look', 'n8n carries the conversation. 5 things need a person.'])
  expect(needsSomebody(system, NOW)).toEqual([
    { place: 'paused', text: '1 number may not send' },
    { place: 'parked', text: '2 leads got no answer' },
    { place: 'workflows', text: '1 workflow does not run' },
    { place: 'workflows', text: '1 workflow is older than ours' },
    { place: 'failures', text: '1 run failed in the last hour' },
  ])
})

test('a change of a meeting that no calendar was told of needs a person, though nobody waits', () => {
  const untold = {
    id: 1,
    event: 'moved',
    kind: 'viewing',
    starts_at: '2026-11-24T09:00:00Z',
    time_zone: 'Europe/Madrid',
    occurred_at: '2026-11-22T02:00:00Z',
    attempts: 8,
    reason: 'It broke.',
    conversation_id: null,
    lead_name: 'Ana',
  } as const
  expect(needsSomebody(aSystem({ parked_meeting_events: [untold, { ...untold, id: 2 }] }), NOW)).toEqual([
    { place: 'calendar', text: '2 changes of meetings reached no calendar' },
  ])
})

test('workflows that nothing uses need nobody', () => {
  const workflows = [aWorkflow({ state: 'missing' })]
  expect(needsSomebody(aSystem({ runner_setting: 'inline', n8n: { workflows } }), NOW)).toEqual([])
  expect(needsSomebody(aSystem({ n8n: { state: 'absent', workflows } }), NOW)).toEqual([])
})

test('a workflow says how it stands and what to do', () => {
  expect(workflowWords(aWorkflow())).toEqual({ tone: 'fine', state: 'As shipped' })
  expect(workflowWords(aWorkflow({ state: 'changed' }))).toEqual({ tone: 'fine', state: 'Changed by you, kept' })
  expect(workflowWords(aWorkflow({ state: 'outdated' })).command).toBe('lead-reviver n8n provision --replace')
  expect(workflowWords(aWorkflow({ state: 'missing', active: false })).command).toContain('provision --replace')
  expect(workflowWords(aWorkflow({ state: 'changed', active: false })).state).toBe(
    'Switched off in n8n; changed by you, kept',
  )
})

test('a failed run is opened where n8n shows it', () => {
  const run = 'http://127.0.0.1:5678/workflow/process%20messages/executions/417'
  expect(runAddress('http://127.0.0.1:5678/', FAILURE)).toBe(run)
  expect(runAddress('https://n8n.example', { ...FAILURE, execution_id: null })).toBe(
    'https://n8n.example/workflow/process%20messages',
  )
  expect(runAddress(null, FAILURE)).toBeNull()
  expect(n8nAddress('javascript:alert(1)')).toBeNull()
})

test('it says who did the work', () => {
  expect(sharesOfWork({ n8n: 132, inline: 4 })).toBe('In the last hour: 132 turns by n8n, 4 by the built-in runner.')
  expect(sharesOfWork({ n8n: 0, inline: 1 })).toBe('In the last hour: 1 turn by the built-in runner.')
  expect(sharesOfWork({ n8n: 0, inline: 0 })).toBe('In the last hour there was nothing to answer.')
})

test('a press of a button is answered in words', () => {
  expect(retriedWords({ retried: 1, left: 0 })).toBe('One is tried again.')
  expect(retriedWords({ retried: 100, left: 5 })).toBe('100 are tried again. 5 are left; try again in a moment.')
  expect(retriedWords({ retried: 0, left: 0 })).toBe('Nothing is parked any more.')
  expect(retriedWords({ retried: 0, left: 2 })).toContain('None could be tried again')
  expect(fateOfTurns(0)).toBe('No answer was lost with it.')
  expect(fateOfTurns(2)).toBe('Its 2 turns were tried again or parked.')
})
