import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import createApiClient, { type Client } from 'openapi-fetch'
import { createContext, useContext } from 'react'

import type { paths } from '@/lib/api/schema'
import type { Config } from '@/lib/config'
import type { Database } from '@/lib/database'

/** The two doors: Supabase for sign-in and reads, the engine for commands. */
export type Backend = {
  config: Config
  supabase: SupabaseClient<Database>
  api: Client<paths>
  /** `fetch` to the engine with a fresh access token; for media and events, which the typed client does not cover. */
  authorizedFetch: (path: string, init?: RequestInit) => Promise<Response>
}

export function createBackend(config: Config): Backend {
  const supabase = createClient<Database>(config.supabase_url, config.supabase_publishable_key, {
    auth: { storageKey: 'lead-reviver-session', detectSessionInUrl: false },
  })

  const authorize = async (headers: Headers) => {
    const { data } = await supabase.auth.getSession()
    if (data.session) headers.set('Authorization', `Bearer ${data.session.access_token}`)
  }

  const api = createApiClient<paths>({ baseUrl: '' })
  api.use({
    async onRequest({ request }) {
      await authorize(request.headers)
      return request
    },
  })

  const authorizedFetch = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    await authorize(headers)
    return fetch(path, { ...init, headers })
  }

  return { config, supabase, api, authorizedFetch }
}

export const BackendContext = createContext<Backend | null>(null)

export function useBackend(): Backend {
  const backend = useContext(BackendContext)
  if (!backend) throw new Error('useBackend needs a BackendContext above it')
  return backend
}

/** What the engine refused, in its own words. */
export class CommandError extends Error {
  readonly reason: string
  readonly problems: Detail[]
  constructor(title: string, reason: string, problems: Detail[] = []) {
    super(title)
    this.reason = reason
    this.problems = problems
  }
}

/** One of several things to change: a line of a file, or an item of a trial. */
export type Detail = { what: string; line?: number | null; path?: string; kind?: string; item?: string }

const isDetail = (value: unknown): value is Detail =>
  typeof value === 'object' && value !== null && 'what' in value && typeof value.what === 'string'

type Answered<T> = { data?: T; error?: unknown; response: Response }

/** The engine's answer, or a `CommandError` with words for a person. A dead network throws one too. */
export async function answered<T>(call: Promise<Answered<T>>): Promise<T> {
  let answer: Answered<T>
  try {
    answer = await call
  } catch {
    throw new CommandError('The engine cannot be reached. Check your connection and try again.', 'network')
  }
  if (answer.response.ok) return answer.data as T
  const problem = answer.error
  if (problem && typeof problem === 'object' && 'title' in problem && typeof problem.title === 'string') {
    const reason = 'reason' in problem && typeof problem.reason === 'string' ? problem.reason : 'unknown'
    const problems = 'problems' in problem && Array.isArray(problem.problems) ? problem.problems.filter(isDetail) : []
    throw new CommandError(problem.title, reason, problems)
  }
  throw new CommandError(
    'The engine could not do that just now. Try again in a moment.',
    String(answer.response.status),
  )
}
