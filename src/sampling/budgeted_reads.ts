import type { CostModel } from './cost_model.ts'
import type { Candidate } from './schedule.ts'
import type { TimeBudget } from './time_budget.ts'

/** One trip to the thread pool for several cheap reads; short, for the budget is settled after each. */
const BATCH_MS = 4
const BATCH_SIZE = 64

/**
 * Reads those of `wanted`, most urgent first, that the budget allows. `read` reads a batch and resolves to what it took in
 * milliseconds. The budget's round has begun already.
 */
export async function readWithinBudget<T extends Candidate>(
  wanted: readonly T[], budget: TimeBudget, costs: CostModel, read: (batch: readonly T[]) => Promise<number>,
): Promise<{ readCount: number; readMs: number }> {
  let readCount = 0
  let readMs = 0
  let batch: T[] = []
  let batchMs = 0
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    const spentMs = await read(batch)
    budget.settle(batchMs, spentMs)
    readCount += batch.length
    readMs += spentMs
    batch = []
    batchMs = 0
  }
  for (const process of wanted) {
    const expectedMs = costs.expectedMs(process)
    if (!budget.take(expectedMs)) continue
    batch.push(process)
    batchMs += expectedMs
    if (batchMs >= BATCH_MS || batch.length >= BATCH_SIZE) await flush()
  }
  await flush()
  return { readCount, readMs }
}
