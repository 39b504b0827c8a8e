import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { SignalPool } from '../../src/pool/index.ts'
import { listProcesses } from '../../src/processes/index.ts'
import { Watchdog, workerLimit } from '../../src/watchdog/index.ts'
import type { Claim, Effort, Measured, Skipped } from '../support/claim.ts'
import { median } from '../support/statistics.ts'
import { Victims } from '../support/victims.ts'

const PROCESSES = 40
const MEGABYTES = 500
const LIMIT = '2GB'
const TICK_MS = 1000
const NAIVE_TICKS = 3
const MAX_DELAY_MS = 2
/** Of the timer that measures the event loop's delay: part of every figure. */
const RESOLUTION_MS = 1

/** A watchdog over processes that are well must cost next to nothing, and hold up nobody. */
export const watchdogClaims: readonly Claim[] = [
  {
    name: 'watchdog-cpu',
    text: `CPU time of a watchdog over ${PROCESSES} processes of ${MEGABYTES} MB far below their limits, a tick of 1 s (0.5 % of a core: 5 ms)`,
    unit: 'ms',
    goal: { is: '<', limit: 5 },
    measure: cpuOfTicks,
  },
  {
    name: 'watchdog-delay',
    text: 'event-loop delay, 99th percentile, in the process of that watchdog',
    unit: 'ms',
    goal: { is: '<', limit: MAX_DELAY_MS },
    measure: delayOfTicks,
  },
]

async function cpuOfTicks(effort: Effort): Promise<Measured> {
  await using victims = new Victims()
  using pool = await watched(victims)
  const pids = pool.workers().map(({ pid }) => pid)
  const naive = Array.from({ length: NAIVE_TICKS }, () => naiveTickMs(pids))
  const ticks = ticksOf(effort)
  const watching: number[] = []
  const idle: number[] = []
  // Side by side, so that what else the process does counts for both.
  for (let round = 0; round < ROUNDS; round++) {
    idle.push(await cpuPerTickMs(ticks))
    using dog = watch(pool)
    watching.push(await cpuPerTickMs(ticks))
    if (dog.spentMs > 0) throw new Error('a rollup was read of a process that is far below its limit')
  }
  const value = median(watching) - median(idle)
  return {
    value: Math.max(0, value),
    detail: `${(value / TICK_MS * 100).toFixed(2)} % of a core; watching ${median(watching).toFixed(2)} ms, idle ${median(idle).toFixed(2)} ms, `
      + `${ticks * ROUNDS} ticks; a loop over smaps_rollup ${median(naive).toFixed(0)} ms a tick, ${(median(naive) / TICK_MS * 100).toFixed(0)} % of a core`,
  }
}

async function delayOfTicks(effort: Effort): Promise<Measured | Skipped> {
  await using victims = new Victims()
  using pool = await watched(victims)
  const ticks = ticksOf(effort)
  const watching: Delay[] = []
  const idle: Delay[] = []
  for (let round = 0; round < ROUNDS; round++) {
    idle.push(await delayMs(ticks))
    using dog = watch(pool)
    watching.push(await delayMs(ticks))
    if (dog.spentMs > 0) throw new Error('a rollup was read of a process that is far below its limit')
  }
  const p99 = (delays: readonly Delay[]): number => median(delays.map((delay) => delay.p99))
  const longest = (delays: readonly Delay[]): string => Math.max(...delays.map(({ max }) => max)).toFixed(2)
  // Then the figure says how the kernel takes the core from this process, and nothing of the watchdog.
  if (p99(idle) >= MAX_DELAY_MS) {
    const figures = `p99 ${p99(idle).toFixed(2)} ms idle, ${p99(watching).toFixed(2)} ms watching`
    return { skipped: `the machine is so busy that timers come late without a watchdog too: ${figures}` }
  }
  return {
    value: p99(watching),
    detail: `longest ${longest(watching)} ms; idle p99 ${p99(idle).toFixed(2)}, longest ${longest(idle)} ms; ${ticks * ROUNDS} ticks`,
  }
}

const ROUNDS = 3

function ticksOf({ rounds }: Effort): number {
  return Math.max(3, Math.round(rounds / 5))
}

async function watched(victims: Victims): Promise<SignalPool> {
  const parent = await victims.sharers(MEGABYTES, PROCESSES)
  const targets = (await listProcesses()).filter(({ ppid }) => ppid === parent)
  const pool = new SignalPool()
  pool.setTargets(targets)
  if (pool.size !== PROCESSES || targets.some(({ rss }) => rss < MEGABYTES * 1024 ** 2)) {
    throw new Error(`there should be ${PROCESSES} processes with an RSS of ${MEGABYTES} MB`)
  }
  return pool
}

function watch(pool: SignalPool): Watchdog {
  return new Watchdog(pool, { monitors: [workerLimit({ uss: LIMIT })], interval: TICK_MS })
}

/** User and system time of this process, its threads included. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function cpuPerTickMs(ticks: number): Promise<number> {
  const before = cpuMs()
  await setTimeout(ticks * TICK_MS)
  return (cpuMs() - before) / ticks
}

/** What a tick costs whoever reads the rollup of each. */
function naiveTickMs(pids: readonly number[]): number {
  const before = cpuMs()
  for (const pid of pids) readFileSync(`/proc/${pid}/smaps_rollup`)
  return cpuMs() - before
}

interface Delay {
  readonly p99: number
  readonly max: number
}

async function delayMs(ticks: number): Promise<Delay> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  await setTimeout(ticks * TICK_MS)
  histogram.disable()
  return { p99: histogram.percentile(99) / 1e6 - RESOLUTION_MS, max: histogram.max / 1e6 - RESOLUTION_MS }
}
