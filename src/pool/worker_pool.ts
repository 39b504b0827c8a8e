/**
 * `starting`: runs, and is not ready. `serving`: takes work. `draining`: takes no new work and finishes what it has.
 * `terminating`: was sent SIGTERM. `killed`: was sent SIGKILL. A worker whose process has ended is in no list.
 */
export type WorkerState = 'starting' | 'serving' | 'draining' | 'terminating' | 'killed'

/** A worker of a pool, as it is at the moment of asking. */
export interface PoolWorker {
  /** Never used twice in a pool; for node:cluster, `worker.id`. */
  readonly id: number
  /** Its place in the pool, from 0; a replacement takes over the place. */
  readonly slot: number
  readonly pid: number
  readonly state: WorkerState
  /** The roll that brought it, from 0: the workers of the start. */
  readonly generation: number
  /** Milliseconds of the pool's clock. */
  readonly startedAt: number
  /** Milliseconds of the pool's clock; undefined while it is starting. */
  readonly readyAt: number | undefined
  /** What it last told of itself; undefined as long as it has told nothing, as without the worker half. */
  readonly report: WorkerReport | undefined
}

/** What a worker tells of itself over its channel. */
export interface WorkerReport {
  /** When it came, in milliseconds of the pool's clock. */
  readonly at: number
  /** Requests since it started. */
  readonly requests: number
  readonly heap: HeapFigures
}

/** Of `v8.getHeapStatistics()`, in bytes, under its names. */
export interface HeapFigures {
  readonly usedHeapSize: number
  readonly totalHeapSize: number
  readonly heapSizeLimit: number
  readonly externalMemory: number
  readonly mallocedMemory: number
}

/** One worker that took over from another. */
export interface Replacement {
  readonly slot: number
  readonly oldId: number
  /** undefined in a pool that does not replace; and when it has gone and nobody has taken over yet, or its slot went with it. */
  readonly newId: number | undefined
}

export type RollStatus =
  /** All that were to go have gone. */
  | 'done'
  /** Replacements failed to start, or died as soon as they served, time after time; those in `kept` still serve. */
  | 'failed'
  /** `stopRolling()` or `close()` came first. */
  | 'stopped'

/** How a recycle or a roll ended. */
export interface RollOutcome {
  readonly status: RollStatus
  readonly replaced: readonly Replacement[]
  /** Workers that were to be replaced and were not: ids. */
  readonly kept: readonly number[]
  /** Why it failed; undefined otherwise. */
  readonly failure: string | undefined
  /** Milliseconds from the call to the end of the last process that had to go. */
  readonly tookMs: number
}

/** Why a worker's process has ended. */
export interface WorkerExit {
  readonly worker: PoolWorker
  /** Exit code; null when a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
  /** The pool had asked it to go. */
  readonly wanted: boolean
}

/** What a pool tells while it works. */
export interface PoolEvents {
  /** A worker takes work from now on. */
  ready: [worker: PoolWorker]
  /** A worker's process has ended. */
  exit: [exit: WorkerExit]
  /** A worker has taken over. */
  replaced: [replacement: Replacement]
  /** A start failed: crashed, or was not ready in time; and when it is tried again, in milliseconds; Infinity for never. */
  startFailed: [failure: { slot: number; reason: string; retryInMs: number }]
  /** A worker could not be replaced gently in time: the signal that it was sent, and why. */
  forced: [force: { worker: PoolWorker; signal: 'SIGTERM' | 'SIGKILL'; reason: string }]
  /** A roll has begun: the generation that it opens. */
  rollStarted: [roll: { generation: number }]
  rollEnded: [outcome: RollOutcome]
  /** What a user should see and that is none of the above: a second supervisor, a spent restart budget, ... */
  warning: [warning: string]
}

/** A set of workers that somebody supervises: what the watchdog acts on. */
export interface WorkerPool {
  /** In sentences: 'cluster', 'mold', 'watch'. */
  readonly kind: string
  /** How many workers are wanted. */
  readonly size: number
  /** Rolls so far. */
  readonly generation: number
  /** The process whose memory counts towards the pool's; undefined when none does. */
  readonly primaryPid: number | undefined
  /** Whether a worker that is recycled is followed by another. */
  readonly replaces: boolean
  workers(): readonly PoolWorker[]
  /**
   * Replaces one worker: the new one is ready before the old one drains. A worker that is on its way out already is waited for.
   *
   * @throws {RangeError} when no worker has this id
   */
  recycle(id: number): Promise<RollOutcome>
  /** Replaces all. One at a time: while a roll is going on, its promise is returned. */
  roll(): Promise<RollOutcome>
  /** Ends a roll and all recycling in the middle: nobody else is asked to go, replacements that are not ready are given up. */
  stopRolling(): void
  on<Name extends keyof PoolEvents>(name: Name, listener: (...event: PoolEvents[Name]) => void): unknown
  off<Name extends keyof PoolEvents>(name: Name, listener: (...event: PoolEvents[Name]) => void): unknown
  /** Stops supervising; the workers stay. */
  close(): void
}
