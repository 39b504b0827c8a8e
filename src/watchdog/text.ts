import { messageOf } from '../errors.ts'
import { UNSAFE_TEXT } from '../unsafe_text.ts'
import type { Violation } from './monitor.ts'

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** `612 MB`, `1.5 GB`: units of 1024, as the options take them. */
export function formatBytes(bytes: number): string {
  let scaled = bytes
  let step = 0
  while (Math.abs(scaled) >= 1024 && step < UNITS.length - 1) {
    scaled /= 1024
    step++
  }
  const isSmall = step > 0 && (Math.abs(scaled) < 10 || step > 2)
  return `${isSmall ? trim(scaled.toFixed(1)) : Math.round(scaled)} ${UNITS[step] ?? ''}`
}

/** `6.1 ms`, `30 s`, `1.5 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? trim(ms.toFixed(1)) : Math.round(ms)} ms`
  if (ms < 1000 * 60) return `${trim((ms / 1000).toFixed(1))} s`
  if (ms < 1000 * 60 * 60) return `${trim((ms / (1000 * 60)).toFixed(1))} min`
  return `${trim((ms / (1000 * 60 * 60)).toFixed(1))} h`
}

export function formatPercent(share: number): string {
  return `${trim((share * 100).toFixed(Math.abs(share) < 0.1 ? 1 : 0))} %`
}

/** A value of a violation, with its unit. */
export function formatValue(value: number, unit: Violation['unit']): string {
  switch (unit) {
    case 'bytes': return formatBytes(value)
    case 'milliseconds': return formatDuration(value)
    case 'ratio': return formatPercent(value)
    case 'count': return trim(value.toFixed(value < 10 ? 1 : 0))
  }
}

/** `3 workers`, `1 worker`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Text of users and of other processes, for a log or a terminal: what acts there, or hides, as `\\u{1b}`. */
export function escaped(text: string): string {
  return text.replace(UNSAFE_TEXT, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** What was thrown, with its name; anything can be, such as what has no text. */
export function thrownText(error: unknown): string {
  return messageOf(error, ({ name, message }) => `${name}: ${message}`)
}

function trim(digits: string): string {
  return digits.replace(/\.0+$/, '')
}
