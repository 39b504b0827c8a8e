import { formatHalfEven } from './half_even.ts'

/**
 * How amounts of memory are written: `kilobytes` as plain numbers, `suffixes` as `1.2M`, `percent` of what there is.
 */
export type AmountStyle = 'kilobytes' | 'suffixes' | 'percent'

/**
 * A number that smem computes in floating point, and prints with a fraction even when it is whole (`42424768.0`).
 * Only what comes of a stated memory or kernel size is one.
 */
export interface Float {
  readonly float: number
}

/** kB; undefined when it is not known. */
export type Amount = number | Float | undefined

/** What stands in place of a figure that is not known, or a percentage of nothing. */
export const NOT_AVAILABLE = 'N/A'

/** The text of an amount; `whole` is what 100 % are, in kB. */
export function formatAmount(amount: Amount, style: AmountStyle, whole: number): string {
  if (amount === undefined) return NOT_AVAILABLE
  switch (style) {
    case 'kilobytes': return formatNumber(amount)
    case 'suffixes': return formatSuffix(toNumber(amount) * 1024)
    case 'percent': return formatPercent(toNumber(amount), whole)
  }
}

/** The number in full, a `Float` with its fraction. */
export function formatNumber(amount: number | Float): string {
  return typeof amount === 'number' ? String(amount) : floatText(amount.float)
}

export function toNumber(amount: number | Float): number {
  return typeof amount === 'number' ? amount : amount.float
}

export function isFloat(value: unknown): value is Float {
  return typeof value === 'object' && value !== null && 'float' in value
}

/** Adds as Python does: one float among the numbers makes the sum a float. Unknown ones do not count. */
export function sumAmounts(amounts: readonly Amount[]): number | Float {
  const known = amounts.filter((amount) => amount !== undefined)
  const sum = known.reduce<number>((total, amount) => total + toNumber(amount), 0)
  return known.some(isFloat) ? { float: sum } : sum
}

const SUFFIXES = ['', 'K', 'M', 'G', 'T', 'P', 'E']

/**
 * Bytes with one digit after the point and the largest suffix that leaves at least 1. The suffix is chosen before the
 * rounding: 1,048,575 kB are `1024.0M`, as with smem.
 */
export function formatSuffix(bytes: number): string {
  if (bytes === 0) return '0'
  let scaled = bytes
  let step = 0
  while (Math.abs(scaled) >= 1024 && step < SUFFIXES.length - 1) {
    scaled /= 1024
    step++
  }
  return formatHalfEven(scaled, 1) + (SUFFIXES[step] ?? '')
}

/** With two digits; nothing has no percentages. */
export function formatPercent(part: number, whole: number): string {
  return whole === 0 ? NOT_AVAILABLE : `${formatHalfEven(100 * part / whole, 2)}%`
}

/** Python's text of a float: JavaScript's, but always with a fraction, and with exponents from 1e16 and below 1e-4. */
function floatText(value: number): string {
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude >= 1e16 || magnitude < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('.') ? text : `${text}.0`
}
