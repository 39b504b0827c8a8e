import type { Worker } from 'node:cluster'

/** So long after a worker's end a fork may be the answer to it, of a handler such as `cluster.on('exit', () => cluster.fork())`. */
const ANSWER_MS = 1000 * 10

/** Tells forks that enlarge a pool from those that answer to the end of a worker which the pool itself has replaced. */
export class ForeignForks {
  readonly #clock: () => number
  #ends: number[] = []

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** A worker has ended that the pool replaces, or its channel has: once for each. */
  ended(): void {
    this.#ends.push(this.#clock())
    this.#ends = this.#recent()
  }

  /** Whether the fork that has just come answers to such an end; each is answered once. */
  answersEnd(): boolean {
    this.#ends = this.#recent()
    return this.#ends.shift() !== undefined
  }

  #recent(): number[] {
    const since = this.#clock() - ANSWER_MS
    return this.#ends.filter((at) => at >= since)
  }
}

/** What tells the end of a worker: on itself, on its process, and by what node:cluster does then, on the cluster. */
const ENDS = new Set<unknown>(['exit', 'disconnect', 'close'])

/**
 * Ends a worker that was one too many and serves nothing yet, and tells nobody of its end, by no event of the worker, its process
 * or the cluster: whoever forked it in answer to an end would answer this one, too, and so on without end.
 */
export function endQuietly(worker: Worker, onExit: (code: number | null, signal: string | null) => void): void {
  const { process } = worker
  const emit = process.emit.bind(process) as (...event: unknown[]) => boolean
  worker.disconnect() // the primary forgets it, and gives it no handle: nothing is left to do for node:cluster's own listeners
  // Not by taking listeners away: they may be added at any time, and `once` of node:events does so in its own turn.
  process.emit = (...event: unknown[]): boolean => {
    if (!ENDS.has(event[0])) return emit(...event)
    if (event[0] === 'exit') onExit(event[1] as number | null, event[2] as string | null)
    return true
  }
  process.kill('SIGTERM')
}
