import { nearest } from './nearest.ts'

/** A number of bytes, or a string such as '512MB' (units of 1024: B, K, KB, KiB, M, G, T). */
export type Size = number | string

/** A number of milliseconds, or a string such as '250ms', '30s', '5m', '1h'. */
export type Duration = number | string

/** Milliseconds that a timer can wait for: one that is to wait for longer fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1
/** PID_MAX_LIMIT of a 64-bit kernel. */
export const MAX_PID = 2 ** 22
const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/
const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 1000 * 60, h: 1000 * 60 * 60 }

/** Refuses anything but an object that has only the known names. */
export function checkOptions(options: unknown, known: readonly string[], caller: string): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new TypeError(`the options of ${caller} must be an object, got ${show(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    const hint = near === undefined ? `it takes ${known.map((word) => `"${word}"`).join(', ')}` : `did you mean "${near}"?`
    throw new TypeError(`unknown option "${name}" of ${caller}: ${hint}`)
  }
}

export function checkPid(pid: unknown): asserts pid is number {
  if (!Number.isInteger(pid) || (pid as number) < 1 || (pid as number) > MAX_PID) {
    throw new TypeError(`"pid" must be a positive integer up to ${MAX_PID}, got ${show(pid)}`)
  }
}

export function checkOneOf<T extends string>(value: unknown, name: string, allowed: readonly T[]): asserts value is T {
  if (allowed.includes(value as T)) return
  const near = typeof value === 'string' ? nearest(value, allowed) : undefined
  const hint = near === undefined ? '' : `; did you mean '${near}'?`
  throw new TypeError(`"${name}" must be ${allowed.map((word) => `'${word}'`).join(' or ')}, got ${show(value)}${hint}`)
}

export function checkPath(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    throw new TypeError(`"${name}" must be a path, got ${show(value)}`)
  }
}

export function checkInteger(value: unknown, name: string, min: number, max: number): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new TypeError(`"${name}" must be an integer from ${min} to ${max}, got ${show(value)}`)
  }
}

/** Bytes. */
export function toBytes(value: unknown, name: string): number {
  if (typeof value === 'number' && value >= 0) return value
  const parts = typeof value === 'string' ? SIZE.exec(value.trim()) : null
  if (parts) return Math.round(Number(parts[1]) * (UNIT_BYTES[(parts[2] ?? '').toLowerCase()] ?? NaN))
  throw new TypeError(`"${name}" must be a number of bytes or a string such as '512MB', got ${show(value)}`)
}

/** Milliseconds. */
export function toMilliseconds(value: unknown, name: string): number {
  if (typeof value === 'number' && value >= 0) return value
  const parts = typeof value === 'string' ? DURATION.exec(value.trim()) : null
  if (parts) return Number(parts[1]) * (UNIT_MS[parts[2] ?? ''] ?? NaN)
  throw new TypeError(`"${name}" must be a number of milliseconds or a string such as '30s', got ${show(value)}`)
}

/** A value as it would be written in code, cut to a line's length. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 60)}...'` : `'${value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'symbol' ? 'a symbol' : Array.isArray(value) ? 'an array' : `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`
}
