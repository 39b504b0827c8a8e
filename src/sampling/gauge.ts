import { SmemError } from '../errors.ts'
import { checkOptions, checkPath, checkPid, show, toMilliseconds, type Duration } from '../options.ts'
import { readProcesses, type ProcessIdentity, type ScannedProcess, type Unavailable } from '../processes/index.ts'
import { openProcess, type MemoryUsage, type ProcessHandle } from '../smaps/index.ts'
import { readWithinBudget } from './budgeted_reads.ts'
import { CostModel } from './cost_model.ts'
import { TimeBudget } from './time_budget.ts'

export interface ProcessGaugeOptions {
  /** How often `tick` is called: what the budget is reckoned by. @default '1s' */
  interval?: Duration
  /** The share of one core that rollups may take, as a fraction above 0. @default 0.01 */
  budget?: number
  /** As for `readSmaps`. @default '/proc' */
  procRoot?: string
  /** A monotonic clock in milliseconds. @default performance.now */
  clock?: () => number
  /** Reads the rollup of these; leaves out what has ended or is another process by now. @default off the event loop */
  reader?: (targets: readonly ProcessIdentity[]) => Promise<readonly ScannedProcess[]>
}

/** One process as of one tick. */
export interface GaugedProcess {
  readonly pid: number
  /** Resident bytes from statm, of this tick. */
  readonly rss: number
  /** The last rollup, never of another process that had the pid before; undefined before the first, and when it may not be read. */
  readonly usage: MemoryUsage | undefined
  /** Milliseconds since `usage` was read; Infinity without one. */
  readonly ageMs: number
  /** What reading it cost, in milliseconds of CPU time; 0 without one. */
  readonly costMs: number
  /** `rss` when `usage` was read, in bytes; 0 without one. */
  readonly rssThen: number
}

interface Reading {
  readonly usage: MemoryUsage | undefined
  readonly at: number
  readonly rss: number
  readonly costMs: number
}

interface Tracked {
  readonly pid: number
  readonly handle: ProcessHandle
  rss: number
  last: Reading | undefined
}

const OPTION_NAMES = ['interval', 'budget', 'procRoot', 'clock', 'reader'] as const
/** How many intervals' worth of budget may pile up. */
const MAX_SAVED_INTERVALS = 5

/**
 * The memory of a known set of processes, such as a pool's workers. Each tick costs some microseconds a process, for statm; a
 * rollup is read only for those that are asked for, off the event loop and within a budget of time. Holds two file descriptors
 * a process.
 */
export class ProcessGauge implements Disposable {
  readonly #procRoot: string
  readonly #clock: () => number
  readonly #reader: (targets: readonly ProcessIdentity[]) => Promise<readonly ScannedProcess[]>
  readonly #budget: TimeBudget
  readonly #costs = new CostModel()
  readonly #tracked = new Map<number, Tracked>()
  readonly #failures = new Map<number, Unavailable>()
  readonly #intervalMs: number
  /** Those of the last tick, in the order of `track`. */
  #resident: readonly Tracked[] = []
  #tickedAt = -Infinity
  #roundAt = -Infinity
  #spentMs = 0
  #closed = false

  /** @throws {TypeError} on a bad option */
  constructor(options: ProcessGaugeOptions = {}) {
    checkOptions(options, OPTION_NAMES, 'ProcessGauge')
    const { interval = '1s', budget = 0.01, procRoot = '/proc', clock = () => performance.now() } = options
    if (typeof budget !== 'number' || !(budget > 0)) {
      throw new TypeError(`"budget" must be a fraction of one core above 0, got ${show(budget)}`)
    }
    checkPath(procRoot, 'procRoot')
    this.#procRoot = procRoot
    this.#clock = clock
    this.#reader = options.reader ?? ((targets) => readProcesses(targets, procRoot))
    this.#intervalMs = toMilliseconds(interval, 'interval')
    this.#budget = new TimeBudget(budget, this.#intervalMs * budget * MAX_SAVED_INTERVALS, this.#clock())
  }

  /**
   * From now on these and no others. Opens those that are new, and those whose pid was of another process before; closes the rest.
   * What has ended is left out; what cannot be opened is tried again when it is next named, and `failureOf` tells why.
   *
   * @throws {TypeError} on a pid that is none
   * @throws {SmemError} `ERR_HANDLE_CLOSED` after `close`
   */
  track(pids: Iterable<number>): void {
    if (this.#closed) throw new SmemError('ERR_HANDLE_CLOSED', 'the gauge was closed')
    const wanted = new Set(pids)
    for (const pid of wanted) checkPid(pid)
    for (const pid of this.#tracked.keys()) {
      if (!wanted.has(pid)) this.#forget(pid)
    }
    for (const pid of this.#failures.keys()) {
      if (!wanted.has(pid)) this.#failures.delete(pid)
    }
    for (const pid of wanted) {
      if (!this.#tracked.has(pid)) this.#open(pid)
    }
  }

  /** The resident bytes of each, of now. The vanished and zombies are left out. Synchronous: 2 to 6 microseconds a process. */
  tick(): readonly GaugedProcess[] {
    this.#tickedAt = this.#clock()
    this.#resident = [...this.#tracked.values()].filter((process) => this.#readRss(process))
    return this.current()
  }

  /** What the last tick returned, with the rollups that were read since: their age is 0. Reads nothing. */
  current(): readonly GaugedProcess[] {
    const known = this.#resident.filter((process) => this.#tracked.get(process.pid) === process)
    return known.map(({ pid, rss, last }) => {
      const usage = last?.usage
      if (usage === undefined || last === undefined) return { pid, rss, usage: undefined, ageMs: Infinity, costMs: 0, rssThen: 0 }
      return { pid, rss, usage, ageMs: Math.max(0, this.#tickedAt - last.at), costMs: last.costMs, rssThen: last.rss }
    })
  }

  /**
   * Reads the rollup of these, most urgent first, as far as the budget goes. Resolves to those that were read, in that order; their
   * figures are in `current()`. What is not tracked is left out. A process that must wait is saved for, if it is asked for again.
   */
  async read(pids: readonly number[]): Promise<number[]> {
    const wanted = [...new Set(pids)].flatMap((pid) => this.#tracked.get(pid) ?? [])
    if (wanted.length === 0) return []
    this.#beginRound()
    const read: number[] = []
    await readWithinBudget(wanted, this.#budget, this.#costs, (batch) => this.#readBatch(batch, read))
    return wanted.filter(({ pid }) => read.includes(pid)).map(({ pid }) => pid)
  }

  /** Why the process was not opened, or its rollup not read, at the last try; undefined when nothing went wrong. */
  failureOf(pid: number): Unavailable | undefined {
    return this.#failures.get(pid)
  }

  /** Milliseconds of CPU time that rollups have cost so far. */
  get spentMs(): number {
    return this.#spentMs
  }

  /** Gives the descriptors back. Further calls do nothing. */
  close(): void {
    this.#closed = true
    for (const pid of this.#tracked.keys()) this.#forget(pid)
    this.#failures.clear()
    this.#resident = []
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** A round of the budget is an interval: a second call within one must not lose what is being saved. */
  #beginRound(): void {
    const now = this.#clock()
    if (now - this.#roundAt < this.#intervalMs / 2) return
    this.#roundAt = now
    this.#budget.begin(now)
  }

  #open(pid: number): void {
    this.#failures.delete(pid)
    try {
      const handle = openProcess(pid, { procRoot: this.#procRoot })
      this.#tracked.set(pid, { pid, handle, rss: 0, last: undefined })
    } catch (error) {
      this.#note(pid, error)
    }
  }

  /** Whether it has memory. One that has ended is forgotten: whoever has its pid next is another. */
  #readRss(process: Tracked): boolean {
    try {
      process.rss = process.handle.rss()
      return true
    } catch (error) {
      this.#note(process.pid, error)
      // Without an address space it may be in the midst of exec: it is still the same process.
      if ((error as SmemError).code !== 'ERR_NO_ADDRESS_SPACE') this.#forget(process.pid)
      return false
    }
  }

  /** Reads the batch into `last`, adds those that could be read to `read`, and returns what it took in milliseconds. */
  async #readBatch(batch: readonly Tracked[], read: number[]): Promise<number> {
    const results = await this.#reader(batch.map(({ pid, handle }) => ({ pid, startTime: handle.startTime })))
    const at = this.#clock()
    const ended = new Set(batch)
    let batchMs = 0
    for (const { pid, startTime, usage, unavailable, costNs, rss } of results) {
      const costMs = costNs / 1e6
      batchMs += costMs
      // It may have been forgotten while it was read, and the pid be another's.
      const process = this.#tracked.get(pid)
      if (process === undefined || process.handle.startTime !== startTime || unavailable?.code === 'ESRCH') continue
      ended.delete(process)
      this.#costs.learn(process, costMs)
      if (unavailable === null) this.#failures.delete(pid)
      else this.#failures.set(pid, unavailable)
      // What was known before is no longer true of a process that may not be read any more: it has run another program.
      process.last = { usage: usage ?? undefined, at, rss, costMs }
      if (usage !== null) read.push(pid)
    }
    for (const process of ended) {
      if (this.#tracked.get(process.pid) === process) this.#forget(process.pid)
    }
    this.#spentMs += batchMs
    return batchMs
  }

  #note(pid: number, error: unknown): void {
    if (!(error instanceof SmemError)) throw error
    if (error.code === 'ESRCH') this.#failures.delete(pid)
    else this.#failures.set(pid, { code: error.code, reason: error.message })
  }

  #forget(pid: number): void {
    this.#tracked.get(pid)?.handle.close()
    this.#tracked.delete(pid)
  }
}
