import { show } from '../options.ts'
import { stringOf, UsageError, type Invocation } from './command.ts'

const ACCEPTED = 'a date and time such as 2026-03-01T02:00 or 2026-03-01T02:00Z, or seconds since 1970 such as 1772330400'
const SECONDS = /^\d{9,11}(\.\d+)?$/
/** As `takenAt` in JSON. */
const MILLISECONDS = /^\d{12,14}$/
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/

/**
 * Milliseconds since 1970, of the ISO 8601 date and time, or of the seconds or milliseconds since 1970, that an option holds;
 * undefined when it is not given. A time without a zone is local, a day alone is its beginning. @throws {UsageError} for all else
 */
export function timeOption(invocation: Invocation, name: string): number | undefined {
  const text = stringOf(invocation, name)
  if (text === undefined) return undefined
  const time = parseTime(text.trim())
  if (!Number.isNaN(time)) return time
  throw new UsageError(`--${name}: ${show(text)} is no time; write ${ACCEPTED}`)
}

function parseTime(text: string): number {
  if (SECONDS.test(text)) return Number(text) * 1000
  if (MILLISECONDS.test(text)) return Number(text)
  const day = DATE_TIME.exec(text)?.[1]
  if (day === undefined || !isDay(day)) return NaN
  // JavaScript takes a day alone for one of UTC, unlike a day with a time.
  return Date.parse(day === text ? `${day}T00:00` : text.replace(' ', 'T'))
}

/** JavaScript takes the 31st of February for the 3rd of March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}
