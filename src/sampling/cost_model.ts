import type { Candidate } from './schedule.ts'

/** A page walk of 4 KiB pages, and what a small process costs. */
const MS_PER_GB = 10
const MS_AT_LEAST = 0.05

/** What readings will probably cost: what the last one of the process did, or what first readings on this machine do. */
export class CostModel {
  // Starting from 1 ms each, a few readings do not tip the scales.
  #guessedMs = 1
  #spentMs = 1

  /** Milliseconds. */
  expectedMs(process: Candidate): number {
    const { rss, last } = process
    if (last === undefined || last.costMs === 0) return guessMs(process) * (this.#spentMs / this.#guessedMs)
    return last.costMs * Math.max(1, rss / Math.max(1, last.rss))
  }

  /** A reading has taken `costMs`. To be told before the reading becomes the process's last one. */
  learn(process: Candidate, costMs: number): void {
    if (process.last !== undefined || costMs === 0) return
    this.#guessedMs += guessMs(process)
    this.#spentMs += costMs
  }
}

function guessMs({ rss }: Candidate): number {
  return MS_AT_LEAST + (rss / 1024 ** 3) * MS_PER_GB
}
