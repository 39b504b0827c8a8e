import { freemem, totalmem } from 'node:os'
import type { PoolWorker, WorkerPool } from '../pool/index.ts'
import type { GaugedProcess, ProcessGauge } from '../sampling/index.ts'
import type { MemoryScope, PressureEvent } from '../system/index.ts'
import type { MonitorContext, ProcessSample, WorkerSample } from './monitor.ts'
import { messageOf } from '../errors.ts'

/** What the watchdog needs of a gauge. */
export type Gauge = Pick<ProcessGauge, 'track' | 'tick' | 'current' | 'read' | 'failureOf' | 'spentMs' | 'close'>

export interface ObserverParts {
  readonly pool: WorkerPool
  readonly gauge: Gauge
  readonly readScope: () => MemoryScope
  readonly clock: () => number
  readonly warmUpMs: number
  readonly warn: (text: string) => void
}

/** Readings in a row that failed, or had to wait for the budget, before a word is said of it. */
const MAX_FAILED = 12
const MAX_WAITED = 60
/** More that the kernel tells in one tick is no news. */
const MAX_PRESSURE = 100

/**
 * Looks at the pool: one cheap look each tick, then the readings that are asked for. What it shows is frozen: several monitors
 * judge by it, and none may change it for the others.
 */
export class Observer {
  readonly #parts: ObserverParts
  readonly #baselines = new Map<number, number>()
  readonly #misses = new Map<number, number>()
  #pressure: PressureEvent[] = []
  #scope: MemoryScope | undefined
  #scopeFails = false
  #workers: readonly PoolWorker[] = []
  #fresh = new Set<number>()
  #context: MonitorContext | undefined
  #readAt = 0
  #toldOfBudget = false

  constructor(parts: ObserverParts) {
    this.#parts = parts
  }

  /** When the last readings came in, by the clock. */
  get readAt(): number {
    return this.#readAt
  }

  notice(event: PressureEvent): void {
    if (this.#pressure.length < MAX_PRESSURE) this.#pressure.push(Object.freeze({ ...event }))
  }

  /** The pool as of now; nothing that costs more than microseconds. */
  look(): MonitorContext {
    const { pool, gauge, clock } = this.#parts
    this.#workers = pool.workers().filter(({ state, pid }) => state === 'serving' && pid > 0).map(frozenWorker)
    const pids = this.#workers.map(({ pid }) => pid)
    gauge.track(pool.primaryPid === undefined ? pids : [pool.primaryPid, ...pids])
    gauge.tick()
    this.#fresh = new Set()
    this.#keepOnly(new Set(this.#workers.map(({ id }) => id)), new Set([...pids, pool.primaryPid ?? 0]))
    const scope = Object.freeze({ ...this.#readScope() })
    this.#context = Object.freeze({ now: clock(), scope, pressure: Object.freeze(this.#pressure), ...this.#samples(clock()) })
    this.#pressure = []
    return this.#context
  }

  /** Reads these as far as the budget goes, most urgent first; the context with what came of it. */
  async read(whom: readonly (number | 'primary')[]): Promise<MonitorContext> {
    const { gauge, pool } = this.#parts
    const context = this.#context ?? this.look()
    const pidOf = new Map<number | 'primary', number | undefined>(this.#workers.map(({ id, pid }) => [id, pid]))
    pidOf.set('primary', pool.primaryPid)
    const pids = [...new Set(whom)].flatMap((who) => pidOf.get(who) ?? [])
    if (pids.length === 0) return context
    const read = new Set(await gauge.read(pids))
    this.#readAt = this.#parts.clock()
    for (const pid of pids) this.#count(pid, read.has(pid))
    for (const pid of read) this.#fresh.add(pid)
    this.#context = Object.freeze({ ...context, ...this.#samples(context.now) })
    return this.#context
  }

  #samples(now: number): Pick<MonitorContext, 'workers' | 'primary'> {
    const { gauge, pool } = this.#parts
    const byPid = new Map(gauge.current().map((process) => [process.pid, process]))
    const primary = pool.primaryPid === undefined ? undefined : byPid.get(pool.primaryPid)
    const workers = this.#workers.flatMap((worker) => {
      const process = byPid.get(worker.pid)
      return process === undefined ? [] : [this.#workerSample(worker, process, now)]
    })
    return { workers: Object.freeze(workers), primary: primary === undefined ? undefined : this.#processSample(primary) }
  }

  #processSample(process: GaugedProcess): ProcessSample {
    return Object.freeze({ ...process, usage: Object.freeze(process.usage), fresh: this.#fresh.has(process.pid) })
  }

  #workerSample(worker: PoolWorker, process: GaugedProcess, now: number): WorkerSample {
    const servingMs = worker.readyAt === undefined ? 0 : Math.max(0, now - worker.readyAt)
    const warmMs = servingMs - this.#parts.warmUpMs
    const uss = process.usage?.uss
    if (uss !== undefined && warmMs >= 0 && process.ageMs <= warmMs && !this.#baselines.has(worker.id)) {
      this.#baselines.set(worker.id, uss)
    }
    const baselineUss = this.#baselines.get(worker.id)
    return Object.freeze({ ...this.#processSample(process), worker, servingMs, warm: warmMs >= 0, baselineUss })
  }

  /** A scope that cannot be read is told once, and the last one holds. */
  #readScope(): MemoryScope {
    try {
      this.#scope = this.#parts.readScope()
      this.#scopeFails = false
    } catch (error) {
      const reason = messageOf(error)
      const instead = this.#scope === undefined ? 'MemTotal' : 'the last one'
      if (!this.#scopeFails) this.#parts.warn(`the memory limit cannot be read: ${reason}; ${instead} holds`)
      this.#scopeFails = true
    }
    return this.#scope ?? wholeMachine()
  }

  #count(pid: number, wasRead: boolean): void {
    const misses = wasRead ? 0 : (this.#misses.get(pid) ?? 0) + 1
    this.#misses.set(pid, misses)
    const failure = this.#parts.gauge.failureOf(pid)
    if (failure !== undefined && misses === MAX_FAILED) {
      this.#parts.warn(`process ${pid} is not judged: its rollup could not be read ${misses} times in a row: ${failure.reason}`)
    }
    if (failure !== undefined || misses < MAX_WAITED || this.#toldOfBudget) return
    this.#toldOfBudget = true
    this.#parts.warn('the time budget is too small for this pool: the rollup of process '
      + `${pid} had to wait ${misses} times in a row; raise "budget", or "interval"`)
  }

  #keepOnly(ids: ReadonlySet<number>, pids: ReadonlySet<number>): void {
    for (const id of this.#baselines.keys()) if (!ids.has(id)) this.#baselines.delete(id)
    for (const pid of this.#misses.keys()) if (!pids.has(pid)) this.#misses.delete(pid)
  }
}

/** A copy, as the pool may go on with its own; by name, as in pools of users' own these may be accessors of a class. */
function frozenWorker(worker: PoolWorker): PoolWorker {
  const { id, slot, pid, state, generation, startedAt, readyAt, report } = worker
  const copy = report === undefined ? undefined : Object.freeze({ ...report, heap: Object.freeze({ ...report.heap }) })
  return Object.freeze({ ...worker, id, slot, pid, state, generation, startedAt, readyAt, report: copy })
}

function wholeMachine(): MemoryScope {
  return {
    limit: totalmem(), limitKind: 'machine', limitPath: '/proc/meminfo', high: undefined,
    used: totalmem() - freemem(), usedPath: '/proc/meminfo', cache: 0, version: undefined,
  }
}
