import { checkOptions, toBytes, toMilliseconds, type Duration, type Size } from '../options.ts'
import { hasAddressSpace, type ProcessInfo, type ScannedProcess, type Unavailable } from '../processes/index.ts'
import { readWithinBudget } from './budgeted_reads.ts'
import { CostModel } from './cost_model.ts'
import { procSource, type ProcessSource } from './process_source.ts'
import { dueReads, isDue, type ScheduleLimits } from './schedule.ts'
import { TimeBudget } from './time_budget.ts'

export interface SamplerOptions {
  /** How often the caller means to sample: what the budget is reckoned by. @default 2000 */
  interval?: Duration
  /** The share of one core that reading may take, as a fraction above 0. @default 0.01 */
  budget?: number
  /** A process is read again once its RSS has moved by so much; less is within the kernel's own rounding. @default '1MB' */
  rssChange?: Size
  /** A process is read again at half this age to all of it, for PSS moves without RSS when others come and go. @default '30s' */
  maxAge?: Duration
  /** Processes with a larger RSS are not read (`ERR_OVER_MAX_RSS`). @default no limit */
  maxRss?: Size
  /** Only processes for which it returns true are sampled. @default all */
  filter?: (process: ProcessInfo) => boolean
  /** Where the processes come from. @default /proc */
  source?: ProcessSource
  /** A monotonic clock in milliseconds. @default performance.now */
  clock?: () => number
}

/** A process with the last figures that were worth their cost. */
export interface SampledProcess extends ScannedProcess {
  /** Milliseconds since `usage` was read, 0 when it was in this round; undefined without `usage`. */
  readonly ageMs: number | undefined
  /** Its RSS has moved or its age is over the limit, and the budget did not allow another reading. */
  readonly stale: boolean
}

export interface SampleRound {
  /** Those that have an address space, in the order of the source. */
  readonly processes: readonly SampledProcess[]
  /** Readings tried in this round. */
  readonly readCount: number
  /** What they cost, in milliseconds of CPU time. */
  readonly readMs: number
  /** Readings that were due and have to wait for the budget. */
  readonly waitingCount: number
}

interface Reading {
  readonly usage: ScannedProcess['usage']
  readonly unavailable: Unavailable | null
  readonly at: number
  readonly rss: number
  readonly costMs: number
}

interface Tracked {
  readonly pid: number
  info: ProcessInfo
  rss: number
  last: Reading | undefined
}

const OPTION_NAMES = ['interval', 'budget', 'rssChange', 'maxAge', 'maxRss', 'filter', 'source', 'clock'] as const
/** How many intervals' worth of budget may pile up. */
const MAX_SAVED_INTERVALS = 5

/**
 * Samples all processes cheaply: lists them without a page walk (some 40 microseconds each), and reads only those whose RSS has
 * moved since their last reading, or whose reading is old, the largest change first and within a budget of time. The others keep
 * their figures, which tell their age. Off the event loop.
 */
export class Sampler {
  readonly #source: ProcessSource
  readonly #clock: () => number
  readonly #limits: ScheduleLimits
  readonly #maxRss: number
  readonly #filter: ((process: ProcessInfo) => boolean) | undefined
  readonly #budget: TimeBudget
  readonly #costs = new CostModel()
  #tracked = new Map<number, Tracked>()

  /** @throws {TypeError} on a bad option */
  constructor(options: SamplerOptions = {}) {
    checkOptions(options, OPTION_NAMES, 'Sampler')
    const { interval = 2000, budget = 0.01, rssChange = '1MB', maxAge = '30s', maxRss = Infinity } = options
    if (typeof budget !== 'number' || !(budget > 0)) throw new TypeError('"budget" must be a fraction of one core above 0')
    this.#source = options.source ?? procSource()
    this.#clock = options.clock ?? (() => performance.now())
    this.#limits = { rssChange: toBytes(rssChange, 'rssChange'), maxAgeMs: toMilliseconds(maxAge, 'maxAge') }
    this.#maxRss = toBytes(maxRss, 'maxRss')
    this.#filter = options.filter
    const capMs = toMilliseconds(interval, 'interval') * budget * MAX_SAVED_INTERVALS
    this.#budget = new TimeBudget(budget, capMs, this.#clock())
  }

  /**
   * One round. Not to be called again before it has settled.
   *
   * @throws {SmemError} as `scanProcesses`, when the processes cannot be listed
   */
  async sample(signal?: AbortSignal): Promise<SampleRound> {
    this.#track(await this.#source.list(signal))
    const now = this.#clock()
    const readable = [...this.#tracked.values()].filter(({ info, rss }) => !isHidden(info) && rss <= this.#maxRss)
    const due = dueReads(readable, now, this.#limits)
    const read = await this.#readWithinBudget(due, now, signal)
    return { ...read, processes: this.#rows(this.#clock(), now) }
  }

  /** Brings in the new, forgets the gone: a pid with another start time is both. */
  #track(listed: readonly ProcessInfo[]): void {
    const tracked = new Map<number, Tracked>()
    for (const info of listed) {
      if (!hasAddressSpace(info) || this.#filter?.(info) === false) continue
      const known = this.#tracked.get(info.pid)
      const last = known?.info.startTime === info.startTime ? known.last : undefined
      tracked.set(info.pid, { pid: info.pid, info, rss: info.rss, last })
    }
    this.#tracked = tracked
  }

  async #readWithinBudget(
    due: readonly Tracked[], now: number, signal: AbortSignal | undefined,
  ): Promise<Omit<SampleRound, 'processes'>> {
    this.#budget.begin(now)
    const read = await readWithinBudget(due, this.#budget, this.#costs, (batch) => this.#read(batch, signal))
    return { ...read, waitingCount: due.length - read.readCount }
  }

  /** Reads the batch into `last`, and returns what it took in milliseconds. */
  async #read(batch: readonly Tracked[], signal: AbortSignal | undefined): Promise<number> {
    const results = await this.#source.read(batch.map(({ info }) => info), signal)
    const at = this.#clock()
    const ended = new Set(batch)
    let spentMs = 0
    for (const { pid, startTime, usage, unavailable, costNs, rss } of results) {
      const process = this.#tracked.get(pid)
      const costMs = costNs / 1e6
      spentMs += costMs
      if (process?.info.startTime !== startTime || unavailable?.code === 'ESRCH') continue
      this.#costs.learn(process, costMs)
      process.last = { usage, unavailable, at, rss, costMs }
      ended.delete(process)
    }
    for (const { info } of ended) this.#tracked.delete(info.pid)
    return spentMs
  }

  #rows(now: number, roundAt: number): SampledProcess[] {
    return Array.from(this.#tracked.values(), (process) => {
      const { info, last } = process
      const shown = isHidden(info) ? HIDDEN : info.rss > this.#maxRss ? this.#overMaxRss(info) : last ?? NOT_YET_READ
      const { usage, unavailable, costMs } = shown
      const at = last?.at ?? now
      // Copying every process in every round would cost more than listing it did; a source's list is made for this round.
      return Object.assign(info, {
        usage,
        unavailable,
        costNs: Math.round(costMs * 1e6),
        mappings: undefined,
        ageMs: usage === null ? undefined : at >= roundAt ? 0 : now - at,
        stale: usage !== null && at < roundAt && isDue(process, now, this.#limits),
      })
    })
  }

  #overMaxRss(info: ProcessInfo): Pick<Reading, 'usage' | 'unavailable' | 'costMs'> {
    const reason = `RSS of ${info.rss} bytes is above maxRss, ${this.#maxRss}`
    return { usage: null, unavailable: { code: 'ERR_OVER_MAX_RSS', reason }, costMs: 0 }
  }
}

const NOT_YET_READ: Pick<Reading, 'usage' | 'unavailable' | 'costMs'> = {
  usage: null, unavailable: { code: 'ERR_OVER_BUDGET', reason: 'waits until the time budget allows a reading' }, costMs: 0,
}

/** What hidepid hides has no start time, and so no identity by which it could be read, now or later. */
function isHidden({ startTime }: ProcessInfo): boolean {
  return Number.isNaN(startTime)
}

const HIDDEN: Pick<Reading, 'usage' | 'unavailable' | 'costMs'> = {
  usage: null, unavailable: { code: 'EPERM', reason: '/proc hides it (hidepid)' }, costMs: 0,
}
