import type { PoolWorker, WorkerReport, WorkerState } from './worker_pool.ts'

/**
 * What is wanted of a worker. `stay`: that it serves, or is starting to; it is the current or the next one of its slot, and no
 * other is. `drain`: that it goes when it has finished what it has. `end`: that it goes at once, as it never served. `left`: it
 * goes by the will of others: nothing is done about it, and it does not count any more.
 */
export type Intent = 'stay' | 'drain' | 'end' | 'left'

/** A worker's process, from its start to its end. */
export interface WorkerRecord {
  readonly id: number
  readonly slot: number
  /** 0 as long as it has no process: a copy of a process comes later than it is asked for. */
  pid: number
  readonly generation: number
  readonly startedAt: number
  /** Grows with each worker that comes. */
  readonly order: number
  /** Somebody else has started it. */
  readonly adopted: boolean
  state: WorkerState
  intent: Intent
  readyAt: number | undefined
  report: WorkerReport | undefined
  /** When patience with its state ends. */
  deadline: number | undefined
  /** While draining: it has said that it is done. */
  isDrained: boolean
}

export function toPoolWorker({ id, slot, pid, state, generation, startedAt, readyAt, report }: WorkerRecord): PoolWorker {
  return { id, slot, pid, state, generation, startedAt, readyAt, report }
}

/** The pool has asked it to go, by a message or a signal. */
export function wasAskedToGo({ intent, state }: WorkerRecord): boolean {
  return intent !== 'left' && state !== 'starting' && state !== 'serving'
}

/** In sentences. */
export function nameOf({ id, pid }: { readonly id: number, readonly pid: number }): string {
  return pid === 0 ? `worker ${id}` : `worker ${id} (pid ${pid})`
}
