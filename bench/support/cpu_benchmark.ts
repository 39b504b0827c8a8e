import { createRequire } from 'node:module'
import { baseline } from './baseline.ts'
import type { Effort } from './claim.ts'
import { median } from './statistics.ts'

const Benchmark = loadWithCpuClock()

/**
 * CPU seconds of this thread for one call of `work`: the median sample of one short Benchmark run.
 *
 * What is measured here neither sleeps nor waits, so that on an idle machine its CPU time is its duration. On a busy
 * one the duration would be mostly other jobs' turns on the core.
 */
export function cpuSecondsPerCall(work: () => unknown, { sideSeconds }: Effort): number {
  // Benchmark wants a body in braces, and finds an expression empty.
  const benchmark = new Benchmark(() => { work() }, {
    maxTime: sideSeconds, minTime: sideSeconds / 10, minSamples: 3, delay: 0,
  })
  benchmark.run()
  const error = benchmark.error as Error | undefined
  if (error !== undefined) throw error
  return median(benchmark.stats.sample)
}

/** Benchmark takes its clock from process.hrtime once, when it is loaded. */
function loadWithCpuClock(): typeof import('benchmark') {
  const wallClock = process.hrtime
  process.hrtime = Object.assign(threadCpuTime, { bigint: wallClock.bigint })
  try {
    return createRequire(import.meta.url)('benchmark') as typeof import('benchmark')
  } finally {
    process.hrtime = wallClock
  }
}

/** As process.hrtime: seconds and nanoseconds, since `from` if that is given. */
function threadCpuTime(from: readonly [number, number] = [0, 0]): [number, number] {
  const ns = Math.round(baseline.threadCpuMs() * 1e6) - from[0] * 1e9 - from[1]
  return [Math.floor(ns / 1e9), ns % 1e9]
}
