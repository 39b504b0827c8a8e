import { hasMemory, type SnapshotProcess } from '../../processes/index.ts'
import { toLabel } from '../charts/index.ts'
import { escapeText } from '../escape.ts'
import type { ProcessColumns } from './report_data.ts'
import { Trend, TrendClock } from './trend.ts'

/** Longer command lines are cut: a page of thousands of processes is to stay small. */
const COMMAND_COLUMNS = 300

/** What is known over time of the processes that are there now. */
export class ProcessTable {
  readonly #clock = new TrendClock()
  #trends = new Map<string, Trend>()

  add(timeMs: number, processes: readonly SnapshotProcess[]): void {
    const { slot, halve } = this.#clock.tick()
    if (halve) for (const trend of this.#trends.values()) trend.halve()
    const present = new Map<string, Trend>()
    for (const process of processes) {
      const trend = this.#trends.get(identityOf(process)) ?? new Trend()
      trend.add(timeMs, process.usage?.pss, slot)
      present.set(identityOf(process), trend)
    }
    // Those that ended are in no table: keeping them would hold every short-lived process of a long recording.
    this.#trends = present
  }

  /** The rows of `processes`, which are those of the last reading, without those that have no memory of their own. */
  columns(
    processes: readonly SnapshotProcess[], programOf: (process: SnapshotProcess) => string, growthMs: number,
  ): ProcessColumns {
    const shown = processes.filter(hasMemory)
    const users = new Dictionary()
    const names = new Dictionary()
    const reasons = new Dictionary()
    const trends = shown.map((process) => this.#trends.get(identityOf(process)))
    return {
      pid: shown.map(({ pid }) => pid),
      user: shown.map(({ user }) => users.placeOf(user)),
      users: users.texts,
      program: shown.map((process) => names.placeOf(programOf(process))),
      names: names.texts,
      command: shown.map(({ comm, commandLine }) => toLabel(commandLine?.join(' ') || comm, COMMAND_COLUMNS)),
      uss: shown.map(({ usage }) => toKilobytes(usage?.uss)),
      pss: shown.map(({ usage }) => toKilobytes(usage?.pss)),
      rss: shown.map(({ usage, rss }) => toKilobytes(usage?.rss ?? rss)),
      swap: shown.map(({ usage }) => toKilobytes(usage?.swap)),
      change: trends.map((trend) => toKilobytes(trend?.change)),
      growth: trends.map((trend) => toKilobytes(trend?.slope === undefined ? undefined : trend.slope * growthMs)),
      trend: trends.map((trend) => trend?.picture(this.#clock) ?? ''),
      unread: shown.map(({ unavailable }) => (unavailable === null ? -1 : reasons.placeOf(unavailable.reason))),
      reasons: reasons.texts,
    }
  }
}

/** A reused pid is another process. */
function identityOf({ pid, startTime }: SnapshotProcess): string {
  return `${pid} ${startTime}`
}

/** Each text once, escaped. */
class Dictionary {
  readonly texts: string[] = []
  readonly #places = new Map<string, number>()

  placeOf(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    this.#places.set(text, this.texts.length)
    return this.texts.push(escapeText(text)) - 1
  }
}

function toKilobytes(bytes: number | undefined): number | null {
  return bytes === undefined ? null : Math.round(bytes / 1024)
}
