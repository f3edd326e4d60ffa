/** What a language model took, as the record keeps it. */
export type ModelUse = {
  tokens_in: number | null
  tokens_out: number | null
  tokens_cached: number | null
  cost_micros: number | null
  cost_currency: string | null
  took_ms?: number | null
}

/** "980 (65 % of what was read was cached)"; null where none were used. */
export function readableTokens({
  tokens_in: read,
  tokens_out: written,
  tokens_cached: cached,
}: ModelUse): string | null {
  const all = (read ?? 0) + (written ?? 0)
  if (all === 0) return null
  const share = read && cached ? ` (${Math.round((100 * cached) / read)} % of what was read was cached)` : ''
  return `${all.toLocaleString()}${share}`
}

/** In enough digits that the price of one turn is not nothing; null where the price is not known. */
export function readableCost({ cost_micros: micros, cost_currency: currency }: ModelUse): string | null {
  if (!micros || !currency) return null
  return new Intl.NumberFormat(undefined, { style: 'currency', currency, maximumSignificantDigits: 3 }).format(
    micros / 1_000_000,
  )
}
