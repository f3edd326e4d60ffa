/** What somebody types into a field's editor, and the value that it means. */
import * as z from 'zod'

import type { EditableField } from './api-fields'

/** Two boxes for amounts and numbers, the first alone for everything else. */
export type Typed = { from: string; to: string; currency: string }

const range = z.object({ min: z.number(), max: z.number().nullish() })
const money = z.object({ min_minor: z.number().nullish(), max_minor: z.number().nullish(), currency: z.string() })

/** How many minor units a unit of a currency has, as a power of ten. */
function decimals(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}

const shown = (minor: number | null | undefined, currency: string) =>
  minor == null ? '' : String(minor / 10 ** decimals(currency))

/** The boxes as they are when the editor opens. */
export function typedOf(type: EditableField['type'], value: unknown, currency: string): Typed {
  const empty: Typed = { from: '', to: '', currency }
  if (value === null || value === undefined) return empty
  if (type === 'money') {
    const amount = money.safeParse(value).data
    if (!amount) return empty
    const { min_minor: min, max_minor: max } = amount
    return { from: shown(min, amount.currency), to: shown(max, amount.currency), currency: amount.currency }
  }
  if (type === 'number') {
    const counts = range.safeParse(value).data
    if (counts) return { ...empty, from: String(counts.min), to: counts.max == null ? '' : String(counts.max) }
  }
  if (type === 'yes_no') return { ...empty, from: value === true ? 'yes' : 'no' }
  return { ...empty, from: String(value) }
}

export type Meant = { value: unknown } | { problem: string }

/** The value that the boxes mean, or what is wrong with them. */
export function meantBy(type: EditableField['type'], { from, to, currency }: Typed): Meant {
  const first = from.trim()
  switch (type) {
    case 'money':
      return moneyOf(first, to.trim(), currency.trim().toUpperCase())
    case 'number':
      return numberOf(first, to.trim())
    case 'yes_no':
      return first === '' ? { problem: 'Choose yes or no.' } : { value: first === 'yes' }
    default:
      return first === '' ? { problem: 'Write a word or two, or choose not known.' } : { value: first }
  }
}

function numberOf(from: string, to: string): Meant {
  const [low, high] = [count(from), to === '' ? null : count(to)]
  if (low === undefined || high === undefined) return { problem: 'Write a whole number, for example 3.' }
  if (high === null || high === low) return { value: low }
  return high < low ? { problem: 'The second number is smaller than the first.' } : { value: { min: low, max: high } }
}

function count(typed: string): number | undefined {
  return /^\d{1,7}$/.test(typed) ? Number(typed) : undefined
}

function moneyOf(from: string, to: string, currency: string): Meant {
  if (!/^[A-Z]{3}$/.test(currency)) return { problem: 'Write the currency as three letters, for example EUR.' }
  if (from === '' && to === '') return { problem: 'Write an amount, or choose not known.' }
  const [low, high] = [minorOf(from, currency), minorOf(to, currency)]
  if (low === undefined || high === undefined) return { problem: 'Write amounts in digits, for example 300000.' }
  if (low !== null && high !== null && high < low) return { problem: 'The second amount is smaller than the first.' }
  return { value: { min_minor: low, max_minor: high, currency } }
}

/** Minor units of "300,000", "300.000", "1250.50" or "1 250,50"; null for nothing, undefined for what is no amount. */
function minorOf(typed: string, currency: string): number | null | undefined {
  if (typed === '') return null
  const bare = typed.replace(/[\s'’]/g, '').replace(/[.,](?=\d{3}(\D|$))/g, '')
  const match = /^(\d{1,13})(?:[.,](\d{1,2}))?$/.exec(bare)
  if (!match) return undefined
  return Math.round(Number(`${match[1]}.${match[2] ?? 0}`) * 10 ** decimals(currency))
}
