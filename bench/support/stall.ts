import { setTimeout } from 'node:timers/promises'
import { baseline } from './baseline.ts'

const TURN_MS = 1

/** How long the event loop did not turn while something ran. */
export interface Stalls {
  /** Longest delay of a timer of one millisecond. */
  readonly longestMs: number
  /** Most CPU time that the loop's own thread spent between two turns: what no other job on the machine can cause. */
  readonly longestWorkMs: number
}

/**
 * Turns the loop once a millisecond while `work` is under way. A loop that turned as fast as it can would need a core
 * for itself and, on a small machine, measure only how the kernel takes that core from it.
 */
export async function stallsDuring(work: Promise<unknown>): Promise<Stalls> {
  let done = false
  const finished = work.finally(() => { done = true })
  let longestMs = 0
  let longestWorkMs = 0
  let lastMs = performance.now()
  let lastCpuMs = baseline.threadCpuMs()
  while (!done) {
    await setTimeout(TURN_MS)
    const nowMs = performance.now()
    const nowCpuMs = baseline.threadCpuMs()
    longestMs = Math.max(longestMs, nowMs - lastMs - TURN_MS)
    longestWorkMs = Math.max(longestWorkMs, nowCpuMs - lastCpuMs)
    lastMs = nowMs
    lastCpuMs = nowCpuMs
  }
  await finished
  return { longestMs, longestWorkMs }
}
