import type { Worker } from 'node:cluster'

/** For so long after an exit a fork may be the answer to it, from a handler such as `cluster.on('exit', () => cluster.fork())`. */
const ANSWER_MS = 1000 * 10

/** Tells forks that enlarge a pool from those that answer to the exit of a worker which the pool itself has replaced. */
export class ForeignForks {
  readonly #clock: () => number
  #exits: number[] = []

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** A worker has ended that the pool replaces. */
  exited(): void {
    this.#exits.push(this.#clock())
    this.#exits = this.#recent()
  }

  /** Whether the fork that has just come answers to such an exit; each exit is answered once. */
  answersExit(): boolean {
    this.#exits = this.#recent()
    return this.#exits.shift() !== undefined
  }

  #recent(): number[] {
    const since = this.#clock() - ANSWER_MS
    return this.#exits.filter((at) => at >= since)
  }
}

/**
 * Ends a worker that was one too many and serves nothing yet. Its exit is kept from the listeners of cluster 'exit': whoever forked
 * it in answer to an exit would answer this one, too, and so on without end.
 */
export function endQuietly(worker: Worker, onExit: (code: number | null, signal: string | null) => void): void {
  worker.disconnect() // the primary forgets it, and gives it no handle
  const [tellCluster] = worker.process.rawListeners('exit') // added by cluster.fork() before anybody else could
  if (tellCluster) worker.process.off('exit', tellCluster as () => void)
  worker.process.once('exit', (code: number | null, signal: string | null) => {
    worker.emit('exit', code, signal)
    onExit(code, signal)
  })
  worker.process.kill('SIGTERM')
}
