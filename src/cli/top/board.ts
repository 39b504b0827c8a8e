import { coverageOf, meminfoOrUndefined } from '../../processes/index.ts'
import type { TopFrame } from '../../report/top/index.ts'
import { Sampler, type ProcessSource, type SampleRound } from '../../sampling/index.ts'
import { readUserNames, type Meminfo } from '../../system/index.ts'
import { patternOf } from '../option_values.ts'
import { recordRound, sumKnown, type UserNames } from './groups.ts'
import { History } from './history.ts'
import type { TopOptions } from './options.ts'
import { Pace } from './pace.ts'
import { isDescending, matcherOf, topRows } from './rows.ts'
import type { TopView } from './view.ts'

/** Reading gets this part of the budget; listing and drawing need the rest, and take it by stretching the interval. */
const READING_PART = 0.5

/** What is known of the processes, round by round, and what a view shows of it. */
export class Board {
  readonly #sampler: Sampler
  readonly #history = new History()
  readonly #userOf: UserNames
  readonly #pace: Pace
  #round: SampleRound = { processes: [], readCount: 0, readMs: 0, waitingCount: 0 }
  #meminfo: Meminfo | undefined
  #time = ''
  #rounds = 0

  constructor({ view, maxRss, budget }: TopOptions, source?: ProcessSource) {
    const names = readUserNames()
    this.#userOf = (uid) => names.get(uid) ?? String(uid)
    this.#pace = new Pace(budget)
    this.#sampler = new Sampler({
      interval: view.intervalMs, budget: budget * READING_PART, maxRss, ...(source === undefined ? {} : { source }),
    })
  }

  /** Takes a round. */
  async refresh(signal?: AbortSignal): Promise<void> {
    this.#round = await this.#sampler.sample(signal)
    this.#meminfo = meminfoOrUndefined()
    this.#time = new Date().toTimeString().slice(0, 8)
    recordRound(this.#history, this.#round.processes, this.#userOf)
  }

  /** What the round and its drawing have cost, all threads together. The first one also compiles the program: no measure. */
  roundCost(cpuMs: number): void {
    if (this.#rounds++ > 0) this.#pace.spent(cpuMs)
  }

  /** Milliseconds from round to round. */
  intervalMs(view: TopView): number {
    return this.#pace.intervalMs(view.intervalMs)
  }

  frame(view: TopView): TopFrame {
    const { processes } = this.#round
    const matches = matcherOf(view, processes)
    // The head of the table is about what the table is about.
    const counted = processes.filter(matches)
    const coverage = coverageOf(counted)
    const readNow = counted.filter(({ ageMs }) => ageMs === 0)
    const { intervalMs, scroll, sort, tree, group, units, paused, help, prompt } = view
    const actualIntervalMs = this.intervalMs(view)
    return {
      time: this.#time,
      intervalMs,
      actualIntervalMs,
      totals: {
        processes: counted.length,
        allProcesses: processes.length,
        pss: sumKnown(counted.map(({ usage }) => usage?.pss)),
        memTotal: this.#meminfo?.memTotal,
        memAvailable: this.#meminfo?.memAvailable,
        swapTotal: this.#meminfo?.swapTotal,
        swapFree: this.#meminfo?.swapFree,
        unreadCount: coverage.unreadCount,
        unreadRss: coverage.unreadRss,
        unreadCodes: coverage.codes,
        readCount: readNow.length,
        readMs: readNow.reduce((sum, { costNs }) => sum + costNs / 1e6, 0),
        waitingCount: counted.filter(({ stale, unavailable }) => stale || unavailable?.code === 'ERR_OVER_BUDGET').length,
        ownShare: this.#pace.shareAt(actualIntervalMs),
      },
      rows: topRows(processes, this.#history, this.#userOf, view, matches),
      scroll,
      sort,
      descending: isDescending(view),
      filter: view.filter === undefined ? undefined : patternOf(view.filter),
      tree,
      group,
      units,
      paused,
      help,
      prompt,
    }
  }
}
