import { EventEmitter } from 'node:events'
import { constants, uptime } from 'node:os'
import { SmemError } from '../errors.ts'
import { checkOptions, show, toMilliseconds, type Duration } from '../options.ts'
import { openProcess } from '../smaps/index.ts'
import { ProcessEnd, type HeldProcess, type ProcessEndResult } from './process_end.ts'
import type { PoolEvents, PoolWorker, RollOutcome, WorkerPool } from './worker_pool.ts'

export interface SignalPoolOptions {
  /** What asks a process to end. @default 'SIGTERM' */
  signal?: NodeJS.Signals
  /** How long it has to end before it is sent SIGKILL. @default '30s' */
  killAfter?: Duration
  /** A monotonic clock in milliseconds. @default performance.now */
  clock?: () => number
  /** Opens a process. @default openProcess */
  open?: (pid: number) => HeldProcess
}

/** One process for good: a later one with the same pid has another start time. */
export interface SignalTarget {
  readonly pid: number
  /** Milliseconds after boot. */
  readonly startTime: number
}

interface Member {
  readonly id: number
  readonly slot: number
  readonly startedAt: number
  readonly process: HeldProcess
  ending: { readonly end: ProcessEnd; readonly outcome: Promise<RollOutcome> } | undefined
}

const OPTION_NAMES = ['signal', 'killAfter', 'clock', 'open'] as const

/**
 * A pool of processes that are somebody else's: a worker is recycled by a signal and, if that does not end it in time, by SIGKILL.
 * Nothing is started in its place. Holds one file descriptor a process.
 */
export class SignalPool extends EventEmitter<PoolEvents> implements WorkerPool, Disposable {
  readonly kind = 'watch'
  readonly primaryPid = undefined
  readonly replaces = false
  readonly #signal: NodeJS.Signals
  readonly #killAfterMs: number
  readonly #clock: () => number
  readonly #openProcess: (pid: number) => HeldProcess
  readonly #members = new Map<number, Member>()
  /** Of which targets, by `keyOf`, it was told that they cannot be opened or sent a signal. */
  readonly #told = new Set<string>()
  #generation = 0
  #nextId = 1
  #roll: Promise<RollOutcome> | undefined
  #isStopped = false

  /** @throws {TypeError} on a bad option */
  constructor(options: SignalPoolOptions = {}) {
    super()
    checkOptions(options, OPTION_NAMES, 'SignalPool')
    const { signal = 'SIGTERM', killAfter = '30s' } = options
    if (!Object.hasOwn(constants.signals, signal)) {
      throw new TypeError(`"signal" must be the name of a signal such as 'SIGTERM', got ${show(signal)}`)
    }
    this.#signal = signal
    this.#killAfterMs = toMilliseconds(killAfter, 'killAfter')
    this.#clock = options.clock ?? (() => performance.now())
    this.#openProcess = options.open ?? openProcess
  }

  get size(): number {
    return this.#members.size
  }

  get generation(): number {
    return this.#generation
  }

  workers(): readonly PoolWorker[] {
    return Array.from(this.#members.values(), toWorker)
  }

  /**
   * From now on these and no others; a new one takes the lowest vacant place. One that was asked to end stays until it has. What
   * cannot be opened is left out, and tried again when it is next named.
   */
  setTargets(targets: Iterable<SignalTarget>): void {
    const wanted = new Map(Array.from(targets, (target) => [keyOf(target), target]))
    for (const key of this.#told) if (!wanted.has(key)) this.#told.delete(key)
    for (const member of this.#members.values()) {
      const isWanted = wanted.delete(keyOf(member.process))
      if (member.ending !== undefined) continue
      if (!member.process.alive) this.#gone(member)
      else if (!isWanted) this.#drop(member)
    }
    for (const target of wanted.values()) this.#adopt(target)
  }

  recycle(id: number): Promise<RollOutcome> {
    const member = this.#members.get(id)
    if (member === undefined) throw new RangeError(`no worker has the id ${id}`)
    return member.ending?.outcome ?? this.#end(member)
  }

  roll(): Promise<RollOutcome> {
    this.#roll ??= this.#rollAll().finally(() => {
      this.#roll = undefined
    })
    return this.#roll
  }

  /** Nobody else is sent a signal: those that were asked to end are not killed. */
  stopRolling(): void {
    this.#isStopped = true
    for (const { ending } of this.#members.values()) ending?.end.stop()
  }

  close(): void {
    this.stopRolling()
    for (const member of this.#members.values()) this.#drop(member)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #adopt({ pid, startTime }: SignalTarget): void {
    try {
      const process = this.#openProcess(pid)
      if (process.startTime !== startTime) {
        process.close()
        return
      }
      const taken = new Set(Array.from(this.#members.values(), ({ slot }) => slot))
      let slot = 0
      while (taken.has(slot)) slot++
      const startedAt = this.#clock() - Math.max(0, uptime() * 1000 - startTime)
      const member: Member = { id: this.#nextId++, slot, startedAt, process, ending: undefined }
      this.#members.set(member.id, member)
      this.emit('ready', toWorker(member))
    } catch (error) {
      if (!(error instanceof SmemError)) throw error
      if (error.code !== 'ESRCH') this.#warnOnce(keyOf({ pid, startTime }), error.message)
    }
  }

  #end(member: Member): Promise<RollOutcome> {
    const end = new ProcessEnd(member.process, {
      signal: this.#signal,
      killAfterMs: this.#killAfterMs,
      clock: this.#clock,
      onForced: (reason) => this.emit('forced', { worker: toWorker(member), signal: 'SIGKILL', reason }),
      onStuck: (warning) => this.emit('warning', warning),
    })
    const outcome = end.result.then((result) => this.#ended(member, end, result))
    member.ending = { end, outcome }
    return outcome
  }

  #ended(member: Member, end: ProcessEnd, result: ProcessEndResult): RollOutcome {
    const { id, slot } = member
    const tookMs = this.#clock() - end.startedAt
    if (result === 'ended') {
      this.#gone(member)
      return { status: 'done', replaced: [{ slot, oldId: id, newId: undefined }], kept: [], failure: undefined, tookMs }
    }
    member.ending = undefined
    if (result === 'stopped') return { status: 'stopped', replaced: [], kept: [id], failure: undefined, tookMs }
    this.#warnOnce(keyOf(member.process), result.message)
    return { status: 'failed', replaced: [], kept: [id], failure: result.message, tookMs }
  }

  async #rollAll(): Promise<RollOutcome> {
    const startedAt = this.#clock()
    const all = [...this.#members.keys()]
    const outcomes: RollOutcome[] = []
    this.#isStopped = false
    this.emit('rollStarted', { generation: ++this.#generation })
    for (const id of all) {
      if (!this.#isStopped && this.#members.has(id)) outcomes.push(await this.recycle(id))
    }
    const failure = outcomes.find((one) => one.failure !== undefined)?.failure
    const outcome: RollOutcome = {
      status: this.#isStopped ? 'stopped' : failure === undefined ? 'done' : 'failed',
      replaced: outcomes.flatMap(({ replaced }) => replaced),
      kept: all.filter((id) => this.#members.has(id)),
      failure,
      tookMs: this.#clock() - startedAt,
    }
    this.emit('rollEnded', outcome)
    return outcome
  }

  #gone(member: Member): void {
    const worker = toWorker(member)
    this.#drop(member)
    this.emit('exit', { worker, code: null, signal: null, wanted: member.ending !== undefined })
  }

  #drop(member: Member): void {
    this.#members.delete(member.id)
    member.process.close()
  }

  #warnOnce(what: string, warning: string): void {
    if (this.#told.has(what)) return
    this.#told.add(what)
    this.emit('warning', warning)
  }
}

function toWorker({ id, slot, process, ending, startedAt }: Member): PoolWorker {
  const state = ending === undefined ? 'serving' : ending.end.isKilled ? 'killed' : 'terminating'
  return { id, slot, pid: process.pid, state, generation: 0, startedAt, readyAt: startedAt, report: undefined }
}

function keyOf({ pid, startTime }: SignalTarget): string {
  return `${pid} ${startTime}`
}
