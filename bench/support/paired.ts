import { setImmediate } from 'node:timers/promises'
import type { Effort, Measured } from './claim.ts'
import { cpuSecondsPerCall } from './cpu_benchmark.ts'
import { median, quantile } from './statistics.ts'

/** Seconds that one run of a side takes. */
type Timed = () => number | Promise<number>

/** Of the rounds, the share that counts. */
const CALM = 0.25

/**
 * The median over the calmest rounds of `top`'s time divided by `bottom`'s. Both sides of a round follow each other at
 * once, so that a slow spell of a shared machine hits both; who goes first changes from round to round. A spell that
 * hits one of them only makes its round longer than others, which is what leaves it out: no round is left out for its
 * ratio.
 */
export async function ratioOfTimes(top: Timed, bottom: Timed, { rounds }: Effort): Promise<Measured> {
  const all: Round[] = []
  for (let round = 0; round < rounds; round++) {
    let topSeconds = round % 2 === 0 ? await top() : 0
    const bottomSeconds = await bottom()
    if (round % 2 === 1) topSeconds = await top()
    all.push({ top: topSeconds, bottom: bottomSeconds })
    await setImmediate() // lets a signal be noticed
  }
  const limit = quantile(all.map(duration), CALM)
  const calm = all.filter((round) => duration(round) <= limit)
  const ratios = calm.map((round) => round.top / round.bottom)
  const times = [median(calm.map((round) => round.top)), median(calm.map((round) => round.bottom))]
  const quartiles = [0.25, 0.75].map((share) => quantile(ratios, share).toFixed(3))
  return { value: median(ratios), detail: `${times.map(showTime).join(' / ')}, quartiles ${quartiles.join('-')}` }
}

interface Round {
  readonly top: number
  readonly bottom: number
}

function duration({ top, bottom }: Round): number {
  return top + bottom
}

/** `ratioOfTimes` of the CPU times of two functions that work on this thread alone. */
export function ratioOfCpu(top: () => unknown, bottom: () => unknown, effort: Effort): Promise<Measured> {
  return ratioOfTimes(() => cpuSecondsPerCall(top, effort), () => cpuSecondsPerCall(bottom, effort), effort)
}

/** Wall time of one call, for work that runs on several threads. */
export function wallSeconds(work: () => unknown): number {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

function showTime(seconds: number): string {
  return seconds < 1e-3 ? `${(seconds * 1e6).toFixed(1)} us` : `${(seconds * 1e3).toFixed(2)} ms`
}
