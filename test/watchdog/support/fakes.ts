/** A pool, its memory and its time, all set by hand. */
import { EventEmitter } from 'node:events'
import { FIELD_COUNT, FIELD_INDEX } from '../../../src/native/index.ts'
import type { PoolEvents, PoolWorker, RollOutcome, WorkerPool, WorkerReport } from '../../../src/pool/index.ts'
import type { GaugedProcess } from '../../../src/sampling/index.ts'
import { toMemoryUsage, type MemoryUsage } from '../../../src/smaps/index.ts'
import type { MemoryScope, PressureEvent } from '../../../src/system/index.ts'
import {
  Watchdog, type Decision, type Effect, type Gauge, type MonitorFailure, type Timers, type WatchdogOptions, type WatchdogParts,
} from '../../../src/watchdog/index.ts'

export const MB = 1024 ** 2
export const GB = 1024 ** 3

/** Time goes on only by `advance`. */
export class FakeTime implements Timers {
  now = 1000
  #timers: { at: number; callback: () => void }[] = []

  readonly clock = (): number => this.now

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.now + ms, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  get pending(): number {
    return this.#timers.length
  }

  /** Runs what is due in the next `ms`, in its order, and all that comes of it. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms
    await settled()
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.now = Math.max(this.now, next.at)
      next.callback()
      await settled()
    }
    this.now = end
  }

  /** Time passes and no timer runs, as when the process is stopped. */
  suspend(ms: number): void {
    this.now += ms
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Bytes of a process. */
export interface Memory {
  uss: number
  /** Resident, and shared with all others of the pool. */
  shared: number
}

/** What a worker has, `servingMs` after it was ready. */
export type MemoryPlan = (worker: { id: number; slot: number; pid: number }, servingMs: number) => Memory

const READY_MS = 500
const END_MS = 1000
const PRIMARY_PID = 100

export interface FakePoolOptions {
  size: number
  plan: MemoryPlan
  replaces?: boolean
  primary?: Memory
  /** From a replacement's being ready to the end of the worker before it. */
  drainMs?: number
  /** What becomes of recycles and rolls: 'failed' leaves the old ones. */
  outcome?: () => RollOutcome['status']
}

type Held = { -readonly [K in keyof PoolWorker]: PoolWorker[K] }

export class FakePool extends EventEmitter<PoolEvents> implements WorkerPool {
  readonly kind = 'fake'
  readonly replaces: boolean
  readonly primaryPid: number | undefined
  generation = 0
  isClosed = false
  /** Ids in the order in which they were recycled. */
  readonly recycled: number[] = []
  rolls = 0
  readonly held: Held[] = []
  readonly #time: FakeTime
  readonly #options: FakePoolOptions
  /** By pid: those that drain. */
  readonly #leaving = new Map<number, Held>()
  #nextId = 1

  constructor(time: FakeTime, options: FakePoolOptions) {
    super()
    this.#time = time
    this.#options = options
    this.replaces = options.replaces ?? true
    this.primaryPid = options.primary === undefined ? undefined : PRIMARY_PID
    for (let slot = 0; slot < options.size; slot++) this.held.push(this.#start(slot))
  }

  get size(): number {
    return this.held.length
  }

  workers(): readonly PoolWorker[] {
    return this.held.map((worker) => ({ ...worker }))
  }

  memoryOf(pid: number): Memory | undefined {
    if (pid === this.primaryPid) return this.#options.primary
    const worker = this.held.find((other) => other.pid === pid) ?? this.#leaving.get(pid)
    return worker && this.#options.plan(worker, this.#time.now - (worker.readyAt ?? this.#time.now))
  }

  report(slot: number, report: Partial<WorkerReport>): void {
    const worker = this.held.find((other) => other.slot === slot)
    const heap = { usedHeapSize: 0, totalHeapSize: 0, heapSizeLimit: 0, externalMemory: 0, mallocedMemory: 0 }
    if (worker) worker.report = { at: this.#time.now, requests: 0, heap, ...report }
  }

  async recycle(id: number): Promise<RollOutcome> {
    this.recycled.push(id)
    const old = this.held.find((worker) => worker.id === id)
    if (old === undefined) throw new RangeError(`no worker has the id ${id}`)
    return this.#replace([old])
  }

  async roll(): Promise<RollOutcome> {
    this.rolls++
    this.generation++
    this.emit('rollStarted', { generation: this.generation })
    const outcome = await this.#replace([...this.held])
    this.emit('rollEnded', outcome)
    return outcome
  }

  stopRolling(): void {}

  close(): void {
    this.isClosed = true
  }

  async #replace(old: readonly Held[]): Promise<RollOutcome> {
    await this.#wait(READY_MS)
    const status = this.#options.outcome?.() ?? 'done'
    const failure = status === 'failed' ? 'the start failed 3 times' : undefined
    if (status !== 'done') return { status, replaced: [], kept: old.map(({ id }) => id), failure, tookMs: READY_MS }
    const replaced = old.map((worker) => {
      const place = this.held.indexOf(worker)
      const fresh = this.replaces ? this.#start(worker.slot) : undefined
      this.held.splice(place, 1, ...fresh === undefined ? [] : [fresh])
      this.#leaving.set(worker.pid, worker)
      return { slot: worker.slot, oldId: worker.id, newId: fresh?.id }
    })
    const drainMs = this.#options.drainMs ?? END_MS
    await this.#wait(drainMs)
    for (const { pid } of old) this.#leaving.delete(pid)
    return { status, replaced, kept: [], failure, tookMs: READY_MS + drainMs }
  }

  #start(slot: number): Held {
    const id = this.#nextId++
    const now = this.#time.now
    return { id, slot, pid: 1000 + id, state: 'serving', generation: this.generation, startedAt: now, readyAt: now, report: undefined }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#time.after(ms, resolve))
  }
}

/** Reads the fake pool's memory; counts its rollups, and takes only so many in each tick. */
export class FakeGauge implements Gauge {
  /** Pids, in the order of their reading. */
  readonly reads: number[] = []
  mostInATick = Infinity
  failure: { code: string; reason: string } | undefined
  spentMs = 0
  isClosed = false
  readonly #pool: FakePool
  readonly #time: FakeTime
  #pids: readonly number[] = []
  #left = 0
  #tickedAt = 0
  #rss = new Map<number, number>()
  readonly #last = new Map<number, { usage: MemoryUsage; at: number; rss: number }>()

  constructor(pool: FakePool, time: FakeTime) {
    this.#pool = pool
    this.#time = time
  }

  track(pids: Iterable<number>): void {
    this.#pids = [...pids]
  }

  tick(): readonly GaugedProcess[] {
    this.#left = this.mostInATick
    this.#tickedAt = this.#time.now
    this.#rss = new Map(this.#pids.flatMap((pid): [number, number][] => {
      const memory = this.#pool.memoryOf(pid)
      return memory === undefined ? [] : [[pid, memory.uss + memory.shared]]
    }))
    return this.current()
  }

  current(): readonly GaugedProcess[] {
    return Array.from(this.#rss, ([pid, rss]) => {
      const last = this.#last.get(pid)
      if (last === undefined) return { pid, rss, usage: undefined, ageMs: Infinity, costMs: 0, rssThen: 0 }
      return { pid, rss, usage: last.usage, ageMs: Math.max(0, this.#tickedAt - last.at), costMs: last.usage.costNs / 1e6, rssThen: last.rss }
    })
  }

  async read(pids: readonly number[]): Promise<number[]> {
    const read: number[] = []
    for (const pid of pids) {
      const memory = this.#pool.memoryOf(pid)
      if (memory === undefined || this.#left <= 0) continue
      this.#left--
      const rss = memory.uss + memory.shared
      const costMs = (rss / GB) * 10
      this.spentMs += costMs
      this.#last.set(pid, { usage: usageOf(memory, this.#pool.size, costMs), at: this.#time.now, rss })
      this.reads.push(pid)
      read.push(pid)
    }
    return read
  }

  failureOf(): { code: string; reason: string } | undefined {
    return this.failure
  }

  close(): void {
    this.isClosed = true
  }
}

export function usageOf({ uss, shared }: Memory, sharers: number, costMs = 1): MemoryUsage {
  const figures = new Float64Array(FIELD_COUNT).fill(NaN)
  figures[FIELD_INDEX.uss] = uss
  figures[FIELD_INDEX.pss] = uss + shared / Math.max(1, sharers)
  figures[FIELD_INDEX.rss] = uss + shared
  return toMemoryUsage(figures, 0, 'rollup', costMs * 1e6)
}

export function scopeOf(limit = 16 * GB, used = GB): MemoryScope {
  return { limit, limitKind: 'cgroup', limitPath: '/memory.max', high: undefined, used, usedPath: '/memory.current', cache: 0, version: 2 }
}

/** A watchdog over a fake pool, with all that it told. */
export class Kennel {
  readonly time = new FakeTime()
  readonly pool: FakePool
  readonly gauge: FakeGauge
  readonly dog: Watchdog
  readonly decisions: Decision[] = []
  readonly effects: Effect[] = []
  readonly warnings: string[] = []
  readonly failures: MonitorFailure[] = []
  scope = scopeOf()
  press: (event: PressureEvent) => void = () => undefined
  isPressureWatched = false

  constructor(pool: FakePoolOptions, options: WatchdogOptions, parts: WatchdogParts = {}) {
    this.pool = new FakePool(this.time, pool)
    this.gauge = new FakeGauge(this.pool, this.time)
    this.dog = new Watchdog(this.pool, options, {
      clock: this.time.clock,
      timers: this.time,
      gauge: this.gauge,
      readScope: () => this.scope,
      random: () => 0,
      watchPressure: (onEvent) => {
        this.press = onEvent
        this.isPressureWatched = true
        return { close: () => (this.isPressureWatched = false) }
      },
      ...parts,
    })
    this.dog.on('decision', (decision) => this.decisions.push(decision))
    this.dog.on('effect', (effect) => this.effects.push(effect))
    this.dog.on('warning', (warning) => this.warnings.push(warning))
    this.dog.on('monitorFailed', (failure) => this.failures.push(failure))
  }

  async run(ms: number): Promise<void> {
    await this.time.advance(ms)
  }

  get verdicts(): string[] {
    return this.decisions.map(({ verdict }) => verdict)
  }

  get acted(): Decision[] {
    return this.decisions.filter(({ verdict }) => verdict === 'acting')
  }
}
