import { hasMemory } from './coverage.ts'
import type { ScannedProcess } from './process_info.ts'

/**
 * Memory of several processes together, in bytes; NaN where the kernel lacks the figure for one of them. Sums of PSS are
 * exact; sums of RSS count shared pages again and again.
 */
export interface FigureSums {
  /** Processes that were read. */
  readonly count: number
  readonly uss: number
  readonly pss: number
  /** Of those that could not be read, from statm; of the others, from the same read as their PSS. */
  readonly rss: number
  readonly swap: number
  /** Processes with memory that could not be read: uss, pss and swap are too small by theirs. */
  readonly unread: number
}

export const NO_MEMORY: FigureSums = { count: 0, uss: 0, pss: 0, rss: 0, swap: 0, unread: 0 }

export function addProcess(sums: FigureSums, process: ScannedProcess): FigureSums {
  const { usage, rss } = process
  if (usage === null) return hasMemory(process) ? { ...sums, rss: sums.rss + (rss || 0), unread: sums.unread + 1 } : sums
  return {
    count: sums.count + 1,
    uss: sums.uss + (usage.uss ?? NaN),
    pss: sums.pss + (usage.pss ?? NaN),
    rss: sums.rss + (usage.rss ?? NaN),
    swap: sums.swap + (usage.swap ?? NaN),
    unread: sums.unread,
  }
}

export function addSums(a: FigureSums, b: FigureSums): FigureSums {
  return {
    count: a.count + b.count,
    uss: a.uss + b.uss,
    pss: a.pss + b.pss,
    rss: a.rss + b.rss,
    swap: a.swap + b.swap,
    unread: a.unread + b.unread,
  }
}
