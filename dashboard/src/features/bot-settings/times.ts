/** What is wrong with the times of a hand-over as they are typed; null when nothing is. */
export function problemOf(minutes: string, hours: string): string | null {
  if (!isWhole(minutes, 1, 1440)) return 'Minutes until the next person: choose 1 to 1440, which is a day.'
  if (!isWhole(hours, 0, 144)) return 'Hours until the bot answers again: choose 1 to 144, or 0 for never.'
  return null
}

const isWhole = (typed: string, min: number, max: number) =>
  /^\d{1,4}$/.test(typed.trim()) && Number(typed) >= min && Number(typed) <= max
