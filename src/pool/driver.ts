import type { PoolEvents } from './worker_pool.ts'

/**
 * What the engine has done for it. Nothing here is waited for: what comes of it is told by `ready`, `drained` and `exited`, in a
 * later turn of the loop, never from within these.
 */
export interface PoolDriver {
  /** Starts a worker for the slot and returns its id, which was never used before. A throw counts as a failed start. */
  spawn(slot: number, generation: number): number
  /** The process id of a worker that was spawned or adopted; 0 as long as it has no process, until `identified`. */
  pidOf(id: number): number
  /** Asks the worker to take no new work, to finish what it has, and to end. */
  drain(id: number): void
  kill(id: number, signal: 'SIGTERM' | 'SIGKILL'): void
  /** What keeps a worker that is late, in a few words; undefined when nothing is known. @default nothing is known of any */
  doing?(id: number): string | undefined
}

/** Takes the events of a pool, as `EventEmitter.emit` does. */
export type PoolEmit = <Name extends keyof PoolEvents>(name: Name, ...event: PoolEvents[Name]) => void

/** What is known of a worker that somebody else has started. */
export interface Adoption {
  /** It takes work already. */
  readonly ready: boolean
  /** The place it should have: it gets it when that is vacant. @default the lowest vacant place, else a new one */
  readonly slot?: number
  /** It is one too many: it gets no place and is drained at the next tick. @default false */
  readonly surplus?: boolean
}
