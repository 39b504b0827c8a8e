import { checkInteger, checkOptions, show, type Duration, type Size } from '../options.ts'
import type { WorkerPool } from '../pool/index.ts'
import { checkNumber, durationMs, positiveMs, timerMs, type Limit } from './limit.ts'
import { parseMinFreed } from './min_freed.ts'
import type { Monitor } from './monitor.ts'
import { toMonitors } from './monitor_options.ts'
import {
  checkStrikes,
  type AgeOptions, type GrowthOptions, type HeapFragmentationOptions, type MemoryPressureOptions, type RequestsOptions,
} from './monitors/index.ts'
import { toReforkSettings, type ReforkOptions, type ReforkSettings } from './refork_options.ts'
import type { RestraintLimits } from './restraint.ts'
import { SHORT_NAMES } from './short_form.ts'
import type { MinFreed } from './verification.ts'

/** What takes the sentences: `console` does. */
export interface WatchdogLogger {
  info(text: string): void
  warn(text: string): void
  error(text: string): void
}

/** The short form: a monitor for each that is given. */
export interface ShortOptions {
  /** `workerLimit({ uss })`. */
  workerUss?: Limit
  /** `workerLimit({ pss })`. */
  workerPss?: Limit
  /** `workerLimit({ rss })`. */
  workerRss?: Limit
  /** `poolBudget({ pss })`. */
  poolPss?: Limit
  /** `growth()`: true, the factor, or its options. */
  growth?: boolean | number | GrowthOptions
  /** `memoryPressure()`: true, or its options. */
  pressure?: boolean | MemoryPressureOptions
  /** `heapFragmentation()`: true, or its options. */
  fragmentation?: boolean | HeapFragmentationOptions
  /** `age()`: the limit, or its options. */
  maxAge?: Duration | AgeOptions
  /** `requests()`: the limit, or its options. */
  maxRequests?: number | RequestsOptions
  /** `unresponsive()`: after how long. */
  unresponsive?: Duration
}

export interface WatchdogOptions extends ShortOptions {
  /** Monitors besides those of the short form. */
  monitors?: readonly Monitor[]
  /** When a refork is due; `refork()` works without. @default never */
  refork?: ReforkOptions
  /** From the end of one tick to the next. @default '5s' */
  interval?: Duration
  /** Violations in a row that make one count, where the monitor says nothing else. @default 3 */
  strikes?: number
  /** How long a worker serves before limits count for it; hard limits do at once. @default '30s' */
  warmUp?: Duration
  /** No action for so long after one. Doubles, to an hour at most, after one that failed or freed too little. @default '15s' */
  cooldown?: Duration
  /** No action on the same slot for so long after one. @default '30s' */
  slotCooldown?: Duration
  /**
   * How many actions in which time; reforks that are called for are not held back. @default as many as workers, 10 at least, in
   * '10m'
   */
  actions?: { max: number; per?: Duration }
  /** What an action has to free to count as effective: bytes, or a share of the USS of what was replaced. @default '10%' */
  minFreed?: Size
  /**
   * For how long a slot on which an action freed too little is left alone for that reason; doubles each time, to a day.
   * @default '1h'
   */
  leaveAlone?: Duration
  /**
   * How long a replacement serves before it is measured, and how long the pool is left to itself after the action; in a refork the
   * warm-up at least. @default '10s'
   */
  settle?: Duration
  /** The share of one core that rollups may take, as a fraction above 0. @default 0.01 */
  budget?: number
  /** Decides and tells, and touches nothing. @default false */
  dryRun?: boolean
  /** Where the sentences go, such as `console`. @default nowhere */
  logger?: WatchdogLogger
}

/** The options, checked. */
export interface WatchdogSettings {
  readonly monitors: readonly Monitor[]
  readonly refork: ReforkSettings | undefined
  readonly intervalMs: number
  readonly strikes: number
  readonly warmUpMs: number
  readonly settleMs: number
  readonly restraint: RestraintLimits
  readonly minFreed: MinFreed
  readonly budget: number
  readonly dryRun: boolean
  readonly logger: WatchdogLogger | undefined
}

const NAMES = [
  'monitors', 'refork', 'interval', 'strikes', 'warmUp', 'cooldown', 'slotCooldown', 'actions', 'minFreed', 'leaveAlone', 'settle',
  'budget', 'dryRun', 'logger', ...SHORT_NAMES,
]
const MIN_ACTIONS = 10

/** @throws {TypeError} on a bad option */
export function toSettings(options: WatchdogOptions, pool: WorkerPool): WatchdogSettings {
  checkOptions(options, NAMES, 'the watchdog')
  const {
    strikes = 3, dryRun = false, logger, refork, interval = '5s', warmUp = '30s', settle = '10s', cooldown = '15s',
    slotCooldown = '30s', leaveAlone = '1h', minFreed = '10%', budget = 0.01,
  } = options
  checkStrikes(strikes)
  if (typeof dryRun !== 'boolean') throw new TypeError(`"dryRun" must be true or false, got ${show(dryRun)}`)
  if (refork !== undefined && !pool.replaces) {
    throw new TypeError(`"refork" needs a pool that replaces its workers, and '${pool.kind}' does not`)
  }
  checkLogger(logger)
  const reforkSettings = refork === undefined ? undefined : toReforkSettings(refork)
  return {
    monitors: toMonitors(options, pool),
    refork: reforkSettings,
    intervalMs: timerMs(interval, 'interval'),
    strikes,
    warmUpMs: durationMs(warmUp, 'warmUp'),
    settleMs: durationMs(settle, 'settle'),
    restraint: {
      cooldownMs: durationMs(cooldown, 'cooldown'),
      slotCooldownMs: durationMs(slotCooldown, 'slotCooldown'),
      leaveAloneMs: positiveMs(leaveAlone, 'leaveAlone'),
      ...toActionBudget(options.actions, pool),
    },
    minFreed: parseMinFreed(minFreed, 'minFreed'),
    budget: checkBudget(budget),
    dryRun,
    logger,
  }
}

function toActionBudget(actions: unknown, pool: WorkerPool): Pick<RestraintLimits, 'max' | 'perMs'> {
  if (actions !== undefined) checkOptions(actions, ['max', 'per'], '"actions"')
  const { max, per = '10m' } = (actions ?? {}) as { max?: unknown; per?: unknown }
  const perMs = positiveMs(per, 'actions.per')
  if (actions === undefined) return { perMs, max: () => Math.max(MIN_ACTIONS, pool.size) }
  checkInteger(max, 'actions.max', 1, 100_000)
  return { perMs, max: () => max }
}

function checkBudget(budget: unknown): number {
  if (budget === 0) throw new TypeError('"budget" must be a fraction of one core above 0, got 0')
  return checkNumber(budget, 'budget', 0, 1)
}

function checkLogger(logger: unknown): void {
  if (logger === undefined) return
  const methods = (typeof logger === 'object' && logger !== null ? logger : {}) as Record<string, unknown>
  for (const name of ['info', 'warn', 'error']) {
    if (typeof methods[name] !== 'function') {
      const found = show(methods[name])
      throw new TypeError(`"logger" must have the functions info, warn and error, as console has; ${name} is ${found}`)
    }
  }
}
