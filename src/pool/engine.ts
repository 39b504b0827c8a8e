import { checkInteger, checkOptions } from '../options.ts'
import { Departures } from './departures.ts'
import type { Adoption, PoolDriver, PoolEmit } from './driver.ts'
import { durationText } from './duration.ts'
import { POOL_LIMIT_NAMES, toPoolLimits, type PoolLimitOptions, type PoolLimits } from './limits.ts'
import { Outbox } from './outbox.ts'
import { RestartBudget } from './restart_budget.ts'
import { RollQueue } from './roll_queue.ts'
import { Roster } from './roster.ts'
import { Starts } from './starts.ts'
import { SuspendGuard } from './suspend_guard.ts'
import { Transitions } from './transitions.ts'
import { toPoolWorker, type WorkerRecord } from './worker_record.ts'
import type { PoolWorker, RollOutcome, WorkerReport } from './worker_pool.ts'

export interface PoolEngineOptions {
  readonly driver: PoolDriver
  /** Milliseconds that never go back, as `performance.now()`. */
  readonly clock: () => number
  readonly limits?: PoolLimitOptions
  readonly emit: PoolEmit
}

const MAX_SIZE = 100_000
/** A timer of Node that is to wait for more than 24 days fires at once. */
const MAX_WAIT_MS = 1000 * 60 * 60

/**
 * The rules by which a pool keeps its size and replaces its workers, without a timer, a process or a clock of its own. What has
 * happened is told to it; what is to be done it finds out in `tick()`, by comparing what is wanted with what is, so that nothing is
 * lost for being asked once. **After every other call, call `tick()` soon** (in a later turn of the loop: who hears of an exit may
 * want to adopt a worker first), and again at the time that it returns.
 *
 * Each transition has its line in `transitions.ts`.
 */
export class PoolEngine {
  readonly #limits: PoolLimits
  readonly #driver: PoolDriver
  readonly #guard: SuspendGuard
  readonly #outbox: Outbox
  readonly #roster: Roster
  readonly #queue: RollQueue
  readonly #transitions: Transitions
  readonly #departures: Departures
  readonly #starts: Starts
  #generation = 0
  #isTicking = false
  #isClosed = false

  /** @throws {TypeError} when a limit is not as it should be */
  constructor({ driver, clock, limits = {}, emit }: PoolEngineOptions) {
    checkOptions(limits, POOL_LIMIT_NAMES, 'the pool')
    this.#limits = toPoolLimits(limits, 'the pool')
    this.#driver = driver
    this.#guard = new SuspendGuard(clock, this.#limits.suspendGrace)
    this.#outbox = new Outbox(emit)
    this.#roster = new Roster(this.#limits)
    this.#queue = new RollQueue(this.#roster, this.#limits, (outcome) => this.#outbox.add('rollEnded', outcome))
    const budget = new RestartBudget(this.#limits.restarts)
    const parts = { roster: this.#roster, queue: this.#queue, outbox: this.#outbox, budget }
    this.#transitions = new Transitions(parts)
    this.#departures = new Departures(driver, this.#limits, parts, this.#transitions)
    this.#starts = new Starts(driver, this.#limits, parts, this.#transitions)
  }

  /** How many workers are wanted: the number of slots. */
  get size(): number {
    return this.#roster.size
  }

  get generation(): number {
    return this.#generation
  }

  /** Whether a vacant slot may be filled now, as far as back-off and the restart budget go. */
  get mayFill(): boolean {
    return this.#starts.mayFill(this.#look())
  }

  /** By age, those on their way out included. */
  workers(): readonly PoolWorker[] {
    return this.#roster.workers().map(toPoolWorker)
  }

  /** Does what is due. Returns when the next tick is, in time of the clock; undefined when nothing is to be waited for. */
  tick(): number | undefined {
    if (this.#isClosed) return undefined
    const now = this.#look()
    // Called by the driver from within a tick: that one does the rest.
    if (this.#isTicking) return now
    this.#isTicking = true
    try {
      this.#departures.press(now)
      this.#queue.settle(now)
      this.#starts.fillVacancies(this.#generation, now)
      this.#starts.replace(this.#generation, now)
      this.#transitions.giveUpUnwanted()
      this.#departures.begin(now)
    } finally {
      this.#isTicking = false
    }
    const dueAt = this.#nextTick(now)
    this.#guard.expect(dueAt)
    this.#outbox.flush()
    return dueAt
  }

  /**
   * Takes over the supervision of a worker that somebody else has started.
   *
   * @throws {RangeError} when the worker is in the pool already
   */
  adopt(id: number, adoption: Adoption): void {
    if (this.#roster.worker(id) !== undefined) throw new RangeError(`worker ${id} is in the pool already`)
    if (adoption.slot !== undefined) checkInteger(adoption.slot, 'slot', 0, MAX_SIZE)
    const pid = this.#driver.pidOf(id)
    this.#change((now) => this.#starts.adopt(id, pid, adoption, this.#generation, now))
  }

  /** Adds vacant slots up to this size, which the next ticks fill. Never takes one away. */
  grow(size: number): void {
    checkInteger(size, 'size', 0, MAX_SIZE)
    this.#change((now) => {
      while (this.#roster.size < size) this.#roster.addSlot(this.#roster.unusedIndex(), now)
    })
  }

  /**
   * The worker leaves by the will of others: its slot goes, or with `refill` is for another, within the restart budget. Of a
   * replacement that is not ready it is a failed start, and of one on its way out nothing new. Its end is told with `exited`.
   */
  release(id: number, { refill = false }: { readonly refill?: boolean } = {}): void {
    this.#changeWorker(id, (worker, now) => this.#transitions.release(worker, refill, now))
  }

  /** The process of a worker that was spawned has come to be only now: `pidOf` tells which. */
  identified(id: number): void {
    this.#changeWorker(id, (worker) => { worker.pid = this.#driver.pidOf(id) })
  }

  /** A worker that was spawned has no process and will have none: a failed start. `reason` follows its name in a sentence. */
  notStarted(id: number, reason: string): void {
    this.#changeWorker(id, (worker, now) => this.#transitions.notStarted(worker, reason, now))
  }

  /** The worker becomes something else, and its place is for another, who is not charged to the restart budget. No exit is told. */
  detach(id: number): void {
    this.#changeWorker(id, (worker, now) => this.#transitions.detach(worker, now))
  }

  /** The worker takes work from now on. */
  ready(id: number): void {
    this.#changeWorker(id, (worker, now) => this.#transitions.becameReady(worker, now))
  }

  /** The worker that drains says that it has finished, and is about to end. */
  drained(id: number): void {
    this.#changeWorker(id, (worker, now) => {
      if (worker.state !== 'draining' || worker.intent === 'left') return
      worker.isDrained = true
      worker.deadline = Math.min(worker.deadline ?? Infinity, now + this.#limits.exitGrace)
    })
  }

  /** The worker's process has ended; `reason`, if it has told one, follows its name in a sentence. */
  exited(id: number, code: number | null, signal: string | null, reason?: string): void {
    this.#changeWorker(id, (worker, now) => this.#transitions.exited(worker, { code, signal, reason }, now))
  }

  report(id: number, report: WorkerReport): void {
    this.#changeWorker(id, (worker) => { worker.report = report })
  }

  /** @throws {RangeError} when no worker has this id */
  recycle(id: number): Promise<RollOutcome> {
    const worker = this.#roster.worker(id)
    if (worker === undefined) throw new RangeError(`no worker of the pool has the id ${id}: it has ended, or never was`)
    const now = this.#look()
    const { promise } = this.#queue.addRecycle(worker, now)
    if (this.#isClosed) this.#queue.stop(now)
    this.#change(() => undefined)
    return promise
  }

  roll(): Promise<RollOutcome> {
    const now = this.#look()
    if (this.#queue.roll !== undefined) return this.#queue.roll.promise
    const { promise } = this.#queue.addRoll(now)
    if (this.#isClosed) this.#queue.stop(now)
    this.#change(() => {
      this.#generation++
      // Replacements that are starting are of the old generation: they would have to be replaced at once.
      for (const slot of this.#roster.slots()) this.#transitions.giveUp(slot)
      this.#outbox.add('rollStarted', { generation: this.#generation })
    })
    return promise
  }

  /** Ends the roll and all recycles where they are: nobody else is asked to go, replacements that start are given up. */
  stopRolling(): void {
    this.#change((now) => this.#queue.stop(now))
  }

  /** Ends all requests, as stopped, and replacements that are not ready. Nothing is done about the others any more. */
  close(): void {
    this.#change((now) => {
      this.#queue.stop(now)
      this.#transitions.giveUpUnwanted()
      this.#departures.begin(now)
    })
    this.#isClosed = true
  }

  #changeWorker(id: number, change: (worker: WorkerRecord, now: number) => void): void {
    const worker = this.#roster.worker(id)
    if (worker !== undefined) this.#change((now) => change(worker, now))
  }

  #change(change: (now: number) => void): void {
    if (this.#isClosed) return
    const now = this.#look()
    change(now)
    this.#queue.settle(now)
    // At once, or one that is given up might become ready before the next tick, and take over after all.
    this.#transitions.giveUpUnwanted()
    if (!this.#isTicking) this.#outbox.flush()
  }

  /** The time; and before anything is judged by it, deadlines are moved when it has stood still. */
  #look(): number {
    const { now, lateMs } = this.#guard.look()
    if (lateMs === 0) return now
    if (this.#departures.postpone(lateMs, now)) {
      this.#outbox.add('warning', `the pool's process was stopped or blocked for ${durationText(lateMs)}: deadlines move by that`)
    }
    return now
  }

  #nextTick(now: number): number | undefined {
    const at = Math.min(this.#departures.nextAt(now), this.#starts.nextAt(now), this.#queue.settlesAt())
    return at === Infinity ? undefined : Math.min(Math.max(now, at), now + MAX_WAIT_MS)
  }
}
