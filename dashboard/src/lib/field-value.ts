import * as z from 'zod'

/** An amount or a range in minor units; one of the bounds may be open. */
const money = z.object({
  min_minor: z.number().nullish(),
  max_minor: z.number().nullish(),
  currency: z.string().regex(/^[A-Z]{3}$/),
})

/** What a lead told us, as people write it: a playbook field's value of any kind. */
export function readableValue(value: unknown): string {
  if (value === null || value === undefined) return 'Not known'
  if (typeof value === 'string') return value === '' ? 'Not known' : value[0]!.toLocaleUpperCase() + value.slice(1)
  if (typeof value === 'number') return value.toLocaleString()
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (Array.isArray(value)) return value.map(readableValue).join(', ')
  const amount = money.safeParse(value).data
  return amount ? readableMoney(amount) : JSON.stringify(value)
}

function readableMoney({ min_minor: min, max_minor: max, currency }: z.infer<typeof money>): string {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency, maximumFractionDigits: 0 })
  const { maximumFractionDigits: cents = 2 } = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
  }).resolvedOptions()
  const written = (minor: number) => format.format(minor / 10 ** cents)
  if (min != null && max != null) return min === max ? written(min) : `${written(min)} to ${written(max)}`
  if (max != null) return `Up to ${written(max)}`
  return min == null ? 'Not known' : `From ${written(min)}`
}
