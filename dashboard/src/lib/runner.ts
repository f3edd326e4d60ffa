/** Who runs the steps of a turn, in words inside a sentence. */
export function runnerName(runner: string): string {
  return runner === 'n8n' ? 'n8n' : 'the built-in runner'
}
