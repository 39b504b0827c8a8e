import { MAX_TIMER_MS, show, toBytes, toMilliseconds, type Size } from '../options.ts'
import type { MemoryScope } from '../system/index.ts'

/** Bytes, a string such as '600MB', or a share of the memory limit such as '40%'. */
export type Limit = Size

/** A limit that was checked. */
export interface ParsedLimit {
  /** Of the memory limit; undefined when it is absolute. */
  readonly share: number | undefined
  /** Bytes; undefined when it is a share. */
  readonly bytes: number | undefined
}

/** @throws {TypeError} on anything that is no size above 0 and no percentage from above 0 to 100 */
export function parseLimit(value: unknown, name: string): ParsedLimit {
  const share = parsePercent(value)
  if (share === undefined) {
    if (typeof value !== 'number' && typeof value !== 'string') {
      throw new TypeError(`"${name}" must be bytes, a string such as '600MB', or a share such as '40%', got ${show(value)}`)
    }
    return { share: undefined, bytes: positiveBytes(value, name) }
  }
  if (share > 1) throw new TypeError(`"${name}" must be at most '100%' of the memory limit, got ${show(value)}`)
  if (share === 0) throw new TypeError(`"${name}" must be above 0, got ${show(value)}`)
  return { share, bytes: undefined }
}

/** '40%' as 0.4; undefined when it is no percentage. */
export function parsePercent(value: unknown): number | undefined {
  const percent = typeof value === 'string' ? PERCENT.exec(value.trim()) : null
  return percent === null ? undefined : Number(percent[1]) / 100
}

const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/

/** Bytes, under the memory limit of now. */
export function limitBytes({ share, bytes }: ParsedLimit, scope: MemoryScope): number {
  return bytes ?? (share ?? NaN) * scope.limit
}

/** @throws {TypeError} when both are of one kind and the hard limit is not above the other */
export function checkHard(hard: ParsedLimit, soft: ParsedLimit, name: string, softName: string): void {
  const isBelow = (high: number | undefined, low: number | undefined): boolean =>
    high !== undefined && low !== undefined && high <= low
  if (isBelow(hard.bytes, soft.bytes) || isBelow(hard.share, soft.share)) {
    throw new TypeError(`"${name}" must be above "${softName}"; a limit without strikes only is strikes: 1`)
  }
}

/** Bytes above 0. */
export function positiveBytes(value: unknown, name: string): number {
  const bytes = toBytes(value, name)
  if (bytes > 0 && Number.isFinite(bytes)) return bytes
  throw new TypeError(`"${name}" must be above 0 and finite, got ${show(value)}`)
}

/** More often, a look would cost more than what it sees is worth. */
const MIN_TIMER_MS = 10

/** Milliseconds that a timer can wait. */
export function timerMs(value: unknown, name: string): number {
  const ms = toMilliseconds(value, name)
  if (ms >= MIN_TIMER_MS && ms <= MAX_TIMER_MS) return ms
  throw new TypeError(`"${name}" must be from ${MIN_TIMER_MS} to ${MAX_TIMER_MS} ms, got ${show(value)}`)
}

/** Milliseconds above 0. */
export function positiveMs(value: unknown, name: string): number {
  const ms = toMilliseconds(value, name)
  if (ms > 0 && Number.isFinite(ms)) return ms
  throw new TypeError(`"${name}" must be above 0 and finite, got ${show(value)}`)
}

/** Milliseconds, 0 included. */
export function durationMs(value: unknown, name: string): number {
  const ms = toMilliseconds(value, name)
  if (Number.isFinite(ms)) return ms
  throw new TypeError(`"${name}" must be finite, got ${show(value)}`)
}

/** A number within [min, max]. */
export function checkNumber(value: unknown, name: string, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value
  throw new TypeError(`"${name}" must be a number from ${min} to ${max}, got ${show(value)}`)
}

/** Places of slots in [0, 1), neighbours far from each other and none at the same place: multiples of the golden ratio. */
export function placeOf(slot: number): number {
  return (slot * 0.618033988749895) % 1
}
