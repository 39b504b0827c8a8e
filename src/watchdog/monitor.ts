import type { PoolWorker } from '../pool/index.ts'
import type { GaugedProcess } from '../sampling/index.ts'
import type { MemoryScope, PressureEvent } from '../system/index.ts'

/** One reading of a process. Cheap things are of this tick; `usage` is as old as `ageMs` says. */
export interface ProcessSample extends GaugedProcess {
  /** `usage` was read in this tick, after `wants` had asked for it. */
  readonly fresh: boolean
}

/** A worker with its memory. */
export interface WorkerSample extends ProcessSample {
  readonly worker: PoolWorker
  /** Milliseconds since it became ready; 0 before. */
  readonly servingMs: number
  /** Ready, and the warm-up is over: growth and limits count from here. */
  readonly warm: boolean
  /** The first USS after the warm-up, in bytes; undefined before it was read. */
  readonly baselineUss: number | undefined
}

/** What a monitor judges by: frozen, as others judge by it too. */
export interface MonitorContext {
  /** Milliseconds of the watchdog's clock. */
  readonly now: number
  /** Those that serve; neither starting nor on their way out. */
  readonly workers: readonly WorkerSample[]
  /** The primary; undefined when its memory does not count, or it could not be read. */
  readonly primary: ProcessSample | undefined
  /** The memory that the pool may use and does use, at most a tick old. */
  readonly scope: MemoryScope
  /** What the kernel has told of pressure since the last tick. */
  readonly pressure: readonly PressureEvent[]
}

/** Why something was decided. A monitor of a user's own says 'custom'. */
export type Reason =
  | 'worker_limit' | 'growth' | 'pool_budget' | 'heap_fragmentation' | 'memory_pressure' | 'age' | 'requests'
  | 'unresponsive' | 'refork_requests' | 'refork_age' | 'refork_signal' | 'refork_call' | 'refork_pays' | 'custom'

/** What to do about it: replace one worker, replace all, or only say so. */
export type Action = 'recycle' | 'refork' | 'report'

/** What a monitor has found wrong. */
export interface Violation {
  readonly reason: Reason
  /** The worker's id; undefined when the pool as a whole is meant: the watchdog then chooses whose end frees most. */
  readonly worker?: number
  readonly action: Action
  readonly value: number
  readonly limit: number
  readonly unit: 'bytes' | 'milliseconds' | 'count' | 'ratio'
  /** What was measured, for the sentence: 'USS', 'age', 'sum of PSS'. */
  readonly measure: string
  /** Beyond a hard limit: no strikes are waited for. */
  readonly hard?: boolean
  /** A clause for the sentence, in place of "612 MB is above its limit of 600 MB", where value and limit say too little. */
  readonly detail?: string
  /** More that was seen; goes into the decision as it is. */
  readonly evidence?: Readonly<Record<string, number | string | boolean>>
}

/**
 * One signal with a limit. `check` is called each tick. Write your own like this:
 *
 * ```ts
 * const tooManyRequests: Monitor = {
 *   name: 'my-requests',
 *   check: ({ workers }) => workers.filter(({ worker }) => (worker.report?.requests ?? 0) > 1e6).map(({ worker }) => ({
 *     reason: 'custom', worker: worker.id, action: 'recycle', measure: 'requests', unit: 'count',
 *     value: worker.report?.requests ?? 0, limit: 1e6,
 *   })),
 * }
 * ```
 */
export interface Monitor {
  /** Of one watchdog's monitors, each has another. */
  readonly name: string
  /** Violations in a row that make one count. @default the watchdog's `strikes` */
  readonly strikes?: number
  /** It judges by `context.pressure`: the kernel is asked to tell of pressure only when a monitor says so. @default false */
  readonly usesPressure?: boolean
  /**
   * Whose rollup must be of this tick for `check` to judge, most urgent first; called before `check`, with what is known so
   * far. Each costs 7 to 20 ms per GB of the process: ask for those only that RSS, which is never below PSS and USS, puts in
   * question.
   */
  wants?(context: MonitorContext): Iterable<number | 'primary'>
  /**
   * What is wrong now: a worker that is not named is well, which clears its strikes, unless `unknown` names it.
   * Throwing, or returning a promise, is reported; after three times in a row the monitor is left out.
   */
  check(context: MonitorContext): Iterable<Violation>
  /**
   * Workers (ids), or the pool as a whole, of which nothing can be said in this tick, as a reading has to wait for the budget:
   * strikes stay as they are. Called after `check`.
   */
  unknown?(context: MonitorContext): Iterable<number | 'pool'>
  /** It judges by the primary's memory: refused for a pool that has no primary. @default false */
  readonly needsPrimary?: boolean
  /** Called once when the watchdog closes. */
  close?(): void
}
