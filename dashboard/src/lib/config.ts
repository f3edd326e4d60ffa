import * as z from 'zod'

/** What `/config.json` says about the stack this page belongs to. */
const configSchema = z.object({
  supabase_url: z.url(),
  supabase_publishable_key: z.string().min(1),
  environment: z.enum(['development', 'staging', 'production']),
  model: z.string(),
  simulator_url: z.url().nullish(),
  demo: z.object({ email: z.string(), password: z.string() }).nullish(),
})

export type Config = z.infer<typeof configSchema>

/** Fetch and check the environment. Throws with words a person can act on. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch('/config.json', { cache: 'no-store' }).catch(() => null)
  if (!response?.ok) throw new Error('The engine does not answer. Is it running?')
  const parsed = configSchema.safeParse(await response.json().catch(() => null))
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => issue.path.join('.') || 'config.json').join(', ')
    throw new Error(`The engine’s /config.json is not usable: ${wrong}.`)
  }
  return parsed.data
}
