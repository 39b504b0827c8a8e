import { checkInteger, checkOneOf, checkOptions, show, type Duration, type Size } from '../options.ts'
import { durationMs, positiveBytes, positiveMs } from './limit.ts'
import { parseMinFreed } from './min_freed.ts'
import type { MinFreed } from './verification.ts'

/** Signals that nothing else in Node or the terminal uses. */
export type ReforkSignal = 'SIGURG' | 'SIGUSR2' | 'SIGHUP' | 'SIGWINCH'

export interface ReforkOptions {
  /**
   * Due when a worker has served so many requests, by its reports: a number for each generation, none below the one before, and
   * the last for all later ones.
   * @default never
   */
  requests?: number | readonly number[]
  /** Due when the worker that has served longest has served so long. @default never */
  age?: Duration
  /** `age` grows by up to this, by chance, each time: not all machines at once. @default a tenth of `age` */
  splay?: Duration
  /** Due when this process gets this signal. @default none */
  signal?: ReforkSignal
  /**
   * Due when it pays: when the private memory that the workers have gained since their warm-up, times the share that the last
   * refork gave back of it (before the first: a half), is at least so much. `true`, or no `atLeast`: '256MB'. @default false
   */
  whenItPays?: boolean | { atLeast?: Size }
  /**
   * Between two reforks that come by requests, by age, or as they pay. Doubles, to a day at most, after one that freed too
   * little. @default '10m'
   */
  cooldown?: Duration
  /** What a refork has to free: bytes, or a share of the workers' USS. @default the watchdog's `minFreed` */
  minFreed?: Size
}

/** The options, checked. */
export interface ReforkSettings {
  readonly requests: readonly number[]
  readonly ageMs: number | undefined
  readonly splayMs: number
  readonly signal: ReforkSignal | undefined
  readonly paysAtLeast: number | undefined
  readonly cooldownMs: number
  readonly minFreed: MinFreed | undefined
}

const NAMES = ['requests', 'age', 'splay', 'signal', 'whenItPays', 'cooldown', 'minFreed'] as const
const SIGNALS: readonly ReforkSignal[] = ['SIGURG', 'SIGUSR2', 'SIGHUP', 'SIGWINCH']
const PAYS_AT_LEAST = '256MB'

/** @throws {TypeError} on a bad option */
export function toReforkSettings(options: ReforkOptions): ReforkSettings {
  checkOptions(options, NAMES, '"refork"')
  if (options.splay !== undefined && options.age === undefined) {
    throw new TypeError('"refork.splay" is for "refork.age", which is not given')
  }
  const { requests, age, signal, whenItPays, minFreed, cooldown = '10m' } = options
  if ([requests, age, signal].every((given) => given === undefined) && (whenItPays === undefined || whenItPays === false)) {
    throw new TypeError('"refork" says nothing of when it is due: give it "requests", "age", "signal" or "whenItPays"; '
      + 'dog.refork() needs no option')
  }
  const ageMs = age === undefined ? undefined : positiveMs(age, 'refork.age')
  const { splay = (ageMs ?? 0) / 10 } = options
  if (signal !== undefined) checkOneOf(signal, 'refork.signal', SIGNALS)
  return {
    requests: toSchedule(requests),
    ageMs,
    splayMs: durationMs(splay, 'refork.splay'),
    signal,
    paysAtLeast: toPaysAtLeast(whenItPays),
    cooldownMs: durationMs(cooldown, 'refork.cooldown'),
    minFreed: minFreed === undefined ? undefined : parseMinFreed(minFreed, 'refork.minFreed'),
  }
}

function toSchedule(requests: unknown): readonly number[] {
  if (requests === undefined) return []
  const schedule: readonly unknown[] = Array.isArray(requests) ? requests : [requests]
  if (schedule.length === 0) {
    throw new TypeError('"refork.requests" must be a number or an array of numbers that is not empty, got []')
  }
  const counts = schedule.map((count) => {
    checkInteger(count, 'refork.requests', 1, Number.MAX_SAFE_INTEGER)
    return count
  })
  if (counts.some((count, nth) => count < (counts[nth - 1] ?? 0))) {
    throw new TypeError(`"refork.requests" must not descend from one generation to the next, got [${counts.join(', ')}]`)
  }
  return counts
}

function toPaysAtLeast(whenItPays: unknown): number | undefined {
  if (whenItPays === undefined || whenItPays === false) return undefined
  if (whenItPays === true) return positiveBytes(PAYS_AT_LEAST, 'refork.whenItPays')
  if (typeof whenItPays !== 'object') {
    throw new TypeError(`"refork.whenItPays" must be true, false or { atLeast: '256MB' }, got ${show(whenItPays)}`)
  }
  checkOptions(whenItPays, ['atLeast'], '"refork.whenItPays"')
  const { atLeast = PAYS_AT_LEAST } = whenItPays as { atLeast?: unknown }
  return positiveBytes(atLeast, 'refork.whenItPays.atLeast')
}
