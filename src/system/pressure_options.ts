import { checkOneOf, checkOptions, checkPath, checkPid, show, toMilliseconds, type Duration } from '../options.ts'
import { CGROUP_ROOT } from './cgroup_mounts.ts'

/** What the kernel, or the service manager, has told of memory pressure. */
export interface PressureEvent {
  /**
   * `psi`: tasks stalled for want of memory. `service`: the service manager says that memory is short ($MEMORY_PRESSURE_WATCH).
   * `high`, `max`, `oom`: the control group came to memory.high, came to its limit, ran out. `threshold`: its use, page cache
   * included, rose above a share of its limit. `level`: its reclaim becomes hard (version 1).
   */
  readonly kind: 'psi' | 'service' | 'high' | 'max' | 'oom' | 'threshold' | 'level'
  /** The file that tells. */
  readonly path: string
  /** One clause for people. */
  readonly detail: string
  readonly level?: PressureLevel
  /** How often since the last event of this source, where that is known. */
  readonly count?: number
}

export type PressureLevel = 'low' | 'medium' | 'critical'

/** When stalls count as pressure: within `window`, tasks stalled for `stall` altogether. */
export interface StallTrigger {
  /** `some`: at least one task stalled. `full`: all that were not idle did. @default 'some' */
  kind?: 'some' | 'full'
  /** @default '200ms' */
  stall?: Duration
  /** From 500 ms to 10 s; for users without CAP_SYS_RESOURCE the kernel takes none but multiples of 2 s. @default '2s' */
  window?: Duration
}

export interface PressureOptions {
  /** Called for each event, on the event loop, never before `watchPressure` has returned. */
  onEvent: (event: PressureEvent) => void
  trigger?: StallTrigger
  /** Shares of the control group's limit, above 0 and up to 1. @default [0.9] */
  thresholds?: readonly number[]
  /** Of version 1's memory.pressure_level; version 2 has none. @default ['medium', 'critical'] */
  levels?: readonly PressureLevel[]
  /** How often that is read of which the kernel does not tell. Events of one source come no faster, but for psi. @default '1s' */
  interval?: Duration
  /** The process whose control group is watched. @default this process */
  pid?: number
  /** @default '/proc' */
  procRoot?: string
  /** What stands for /sys/fs/cgroup in the mount points of procRoot/self/mountinfo. @default '/sys/fs/cgroup' */
  cgroupRoot?: string
  /** Where $MEMORY_PRESSURE_WATCH and $MEMORY_PRESSURE_WRITE are looked up. @default process.env */
  env?: Readonly<Record<string, string | undefined>>
}

export interface CheckedTrigger {
  readonly kind: 'some' | 'full'
  readonly stallMs: number
  readonly windowMs: number
}

export interface CheckedPressureOptions {
  readonly onEvent: (event: PressureEvent) => void
  readonly trigger: CheckedTrigger
  readonly thresholds: readonly number[]
  readonly levels: readonly PressureLevel[]
  readonly intervalMs: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly scope: { readonly procRoot: string; readonly cgroupRoot: string; readonly pid?: number }
}

const OPTIONS = ['onEvent', 'trigger', 'thresholds', 'levels', 'interval', 'pid', 'procRoot', 'cgroupRoot', 'env']
const LEVELS = ['low', 'medium', 'critical'] as const
const KINDS = ['some', 'full'] as const
const SHORTEST_STALL_MS = 0.001 // the kernel counts in microseconds
const SHORTEST_WINDOW_MS = 500
const LONGEST_WINDOW_MS = 1000 * 10
const SHORTEST_INTERVAL_MS = 10
const LONGEST_INTERVAL_MS = 1000 * 60 * 60

/** @throws {TypeError} that names what is wrong */
export function checkPressureOptions(options: PressureOptions): CheckedPressureOptions {
  checkOptions(options, OPTIONS, 'watchPressure')
  const { onEvent, trigger = {}, thresholds = [0.9], levels = ['medium', 'critical'], interval = '1s', pid } = options
  const { procRoot = '/proc', cgroupRoot = CGROUP_ROOT, env = process.env } = options
  if (typeof onEvent !== 'function') throw new TypeError(`"onEvent" must be a function, got ${show(onEvent)}`)
  checkPath(procRoot, 'procRoot')
  checkPath(cgroupRoot, 'cgroupRoot')
  if (pid !== undefined) checkPid(pid)
  if (env === null || typeof env !== 'object') throw new TypeError(`"env" must be an object, got ${show(env)}`)
  const intervalMs = toMilliseconds(interval, 'interval')
  if (intervalMs < SHORTEST_INTERVAL_MS || intervalMs > LONGEST_INTERVAL_MS) {
    throw new TypeError(`"interval" must be from 10 ms to 1 h, got ${show(interval)}`)
  }
  return {
    onEvent, trigger: checkTrigger(trigger), thresholds: checkThresholds(thresholds), levels: checkLevels(levels), intervalMs,
    env, scope: { procRoot, cgroupRoot, ...(pid === undefined ? {} : { pid }) },
  }
}

function checkTrigger(trigger: StallTrigger): CheckedTrigger {
  checkOptions(trigger, ['kind', 'stall', 'window'], 'trigger')
  const { kind = 'some', stall = '200ms', window = '2s' } = trigger
  checkOneOf(kind, 'trigger.kind', KINDS)
  const windowMs = toMilliseconds(window, 'trigger.window')
  if (windowMs < SHORTEST_WINDOW_MS || windowMs > LONGEST_WINDOW_MS) {
    throw new TypeError(`"trigger.window" must be from 500 ms to 10 s, got ${show(window)}`)
  }
  const stallMs = toMilliseconds(stall, 'trigger.stall')
  if (stallMs < SHORTEST_STALL_MS || stallMs > windowMs) {
    throw new TypeError(`"trigger.stall" must be from 0.001 ms to the window, ${windowMs} ms, got ${show(stall)}`)
  }
  return { kind, stallMs, windowMs }
}

function checkThresholds(thresholds: readonly number[]): readonly number[] {
  if (!Array.isArray(thresholds)) {
    throw new TypeError(`"thresholds" must be an array of shares of the limit, got ${show(thresholds)}`)
  }
  for (const share of thresholds as readonly unknown[]) {
    if (typeof share !== 'number' || !(share > 0 && share <= 1)) {
      throw new TypeError(`"thresholds" must hold shares of the limit, above 0 and up to 1, got ${show(share)}`)
    }
  }
  return [...new Set(thresholds)]
}

function checkLevels(levels: readonly PressureLevel[]): readonly PressureLevel[] {
  if (!Array.isArray(levels)) throw new TypeError(`"levels" must be an array of levels, got ${show(levels)}`)
  for (const level of levels as readonly unknown[]) checkOneOf(level, 'levels', LEVELS)
  return [...new Set(levels)]
}
