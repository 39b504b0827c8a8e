import { checkInteger, checkOptions, show, toMilliseconds, type Duration } from '../options.ts'

/** How gently, how fast and how often a pool replaces its workers. */
export interface PoolLimitOptions {
  /** Processes above `size` at any moment, those that drain included. @default 1 */
  readonly maxSurge?: number
  /** Slots that a roll or a recycle may leave without a serving worker at any moment. Not 0 when `maxSurge` is. @default 0 */
  readonly maxUnavailable?: number
  /** From the start of a process to its being ready; then it is ended, and its start has failed. @default '60s' */
  readonly startTimeout?: Duration
  /** From being asked to drain to the end; then SIGTERM. @default '30s' */
  readonly drainTimeout?: Duration
  /** From SIGTERM to the end; then SIGKILL. @default '10s' */
  readonly termTimeout?: Duration
  /** From a worker's word that it has drained to its end; then SIGTERM. @default '2s' */
  readonly exitGrace?: Duration
  /** Between a failed start and the next one in the same slot; doubles with each. @default '1s' */
  readonly startBackoff?: Duration
  /** What `startBackoff` grows to. @default '10m' */
  readonly maxStartBackoff?: Duration
  /** A worker that has served this long clears the back-off of its slot. @default '30s' */
  readonly stableAfter?: Duration
  /** Failed starts in a row after which a roll or a recycle is given up; those that were to go serve on. @default 3 */
  readonly maxStartFailures?: number
  /** Restarts, in the whole pool, of workers that died by themselves; more of them wait. @default { max: 10, per: '1m' } */
  readonly restarts?: { readonly max?: number, readonly per?: Duration }
  /** A tick that comes later than this: the pool's process was suspended or blocked, and all deadlines move. @default '5s' */
  readonly suspendGrace?: Duration
}

/** The same, checked and complete; durations in milliseconds. */
export interface PoolLimits {
  readonly maxSurge: number
  readonly maxUnavailable: number
  readonly startTimeout: number
  readonly drainTimeout: number
  readonly termTimeout: number
  readonly exitGrace: number
  readonly startBackoff: number
  readonly maxStartBackoff: number
  readonly stableAfter: number
  readonly maxStartFailures: number
  readonly restarts: { readonly max: number, readonly per: number }
  readonly suspendGrace: number
}

/** For `checkOptions` of those who take these options among others. */
export const POOL_LIMIT_NAMES = [
  'maxSurge', 'maxUnavailable', 'startTimeout', 'drainTimeout', 'termTimeout', 'exitGrace', 'startBackoff', 'maxStartBackoff',
  'stableAfter', 'maxStartFailures', 'restarts', 'suspendGrace',
] as const satisfies readonly (keyof PoolLimitOptions)[]

const MAX_WORKERS = 100_000
const MAX_ATTEMPTS = 1_000_000

/**
 * Checks the limits among the options and fills in what is not given. Other names are left to the caller's `checkOptions`.
 *
 * @throws {TypeError} that names the option and what it should be
 */
export function toPoolLimits(options: PoolLimitOptions, caller: string): PoolLimits {
  const limits: PoolLimits = {
    maxSurge: integer(options.maxSurge, 1, 'maxSurge', 0, MAX_WORKERS),
    maxUnavailable: integer(options.maxUnavailable, 0, 'maxUnavailable', 0, MAX_WORKERS),
    startTimeout: duration(options.startTimeout, '60s', 'startTimeout', 1),
    drainTimeout: duration(options.drainTimeout, '30s', 'drainTimeout', 0),
    termTimeout: duration(options.termTimeout, '10s', 'termTimeout', 0),
    exitGrace: duration(options.exitGrace, '2s', 'exitGrace', 0),
    startBackoff: duration(options.startBackoff, '1s', 'startBackoff', 1),
    maxStartBackoff: duration(options.maxStartBackoff, '10m', 'maxStartBackoff', 1),
    stableAfter: duration(options.stableAfter, '30s', 'stableAfter', 0),
    maxStartFailures: integer(options.maxStartFailures, 3, 'maxStartFailures', 1, MAX_ATTEMPTS),
    restarts: toRestarts(options.restarts, caller),
    suspendGrace: duration(options.suspendGrace, '5s', 'suspendGrace', 1),
  }
  if (limits.maxSurge === 0 && limits.maxUnavailable === 0) {
    throw new TypeError(
      `"maxSurge" and "maxUnavailable" of ${caller} are both 0: no worker could ever be replaced; allow at least 1 of either`,
    )
  }
  if (limits.maxStartBackoff < limits.startBackoff) {
    throw new TypeError(
      `"maxStartBackoff" of ${caller} (${limits.maxStartBackoff} ms) must not be below "startBackoff" (${limits.startBackoff} ms)`,
    )
  }
  return limits
}

function toRestarts(restarts: PoolLimitOptions['restarts'], caller: string): PoolLimits['restarts'] {
  if (restarts !== undefined) checkOptions(restarts, ['max', 'per'], `"restarts" of ${caller}`)
  return {
    max: integer(restarts?.max, 10, 'restarts.max', 1, MAX_ATTEMPTS),
    per: duration(restarts?.per, '1m', 'restarts.per', 1),
  }
}

function integer(value: unknown, fallback: number, name: string, min: number, max: number): number {
  if (value === undefined) return fallback
  checkInteger(value, name, min, max)
  return value
}

function duration(value: unknown, fallback: Duration, name: string, min: number): number {
  const ms = toMilliseconds(value === undefined ? fallback : value, name)
  // Infinity would be a deadline that never comes, and a wait that never ends.
  if (Number.isFinite(ms) && ms >= min) return ms
  throw new TypeError(`"${name}" must be a finite time of at least ${min} ms, got ${show(value)}`)
}
