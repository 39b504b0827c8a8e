import { coverageOf, describeCoverage, programName, type Snapshot, type SnapshotProcess } from '../../processes/index.ts'
import { humanBytes } from '../charts/index.ts'
import { escapeText } from '../escape.ts'
import { ProcessTable } from './process_table.ts'
import { ProgramTotals } from './program_totals.ts'
import type { ReportData } from './report_data.ts'
import { gapsIn, pick, thinOut } from './timeline.ts'

export interface ReportOptions {
  /** Heading of the page. */
  readonly title: string
  /** What a process is counted under. @default what it runs, as for groups by program */
  readonly programOf?: (process: SnapshotProcess) => string
}

/**
 * Makes the data of a report from readings, one at a time and in any number: it holds sums for each program and each
 * process, not the readings. Readings without a time can have no place on a time line: the last one is the whole report.
 */
export class ReportBuilder {
  readonly #title: string
  readonly #programOf: (process: SnapshotProcess) => string
  #times: (number | undefined)[] = []
  #setBackMs = 0
  #machine: { total: number | null, used: number | null, swap: number | null }[] = []
  #unread: { count: number, rss: number }[] = []
  #programs = new ProgramTotals()
  #table = new ProcessTable()
  #last: readonly SnapshotProcess[] = []

  constructor(options: ReportOptions) {
    this.#title = options.title
    this.#programOf = options.programOf ?? programName
  }

  /** Takes the next reading. */
  add({ takenAt, meminfo, processes }: Snapshot): void {
    const before = this.#times.at(-1)
    if (takenAt === undefined || before === undefined) this.#restart()
    const { unreadCount, unreadRss } = coverageOf(processes)
    const time = this.#onward(takenAt, before)
    this.#times.push(time)
    this.#machine.push({
      total: toKilobytes(meminfo?.memTotal),
      used: toKilobytes(difference(meminfo?.memTotal, meminfo?.memAvailable)),
      swap: toKilobytes(difference(meminfo?.swapTotal, meminfo?.swapFree)),
    })
    this.#unread.push({ count: unreadCount, rss: Math.round(unreadRss / 1024) })
    this.#last = processes
    this.#programs.add(processes, this.#programOf)
    this.#table.add(time ?? 0, processes)
  }

  /** The data of the page. Throws `RangeError` when there was no reading. */
  finish(): ReportData {
    if (this.#times.length === 0) throw new RangeError('there is no reading to report')
    const start = this.#times[0]
    const times = this.#times.map((time) => (time ?? 0) - (start ?? 0))
    const kept = thinOut(this.#programs.totals)
    const growthMs = (times.at(-1) ?? 0) < TEN_MINUTES_MS ? 1000 * 60 : 1000 * 60 * 60
    return {
      title: escapeText(this.#title),
      start: start ?? null,
      readings: times.length,
      times: pick(times, kept),
      gaps: gapsIn(times, kept),
      machine: {
        total: pick(this.#machine, kept).map(({ total }) => total),
        used: pick(this.#machine, kept).map(({ used }) => used),
        swap: pick(this.#machine, kept).map(({ swap }) => swap),
      },
      unread: {
        count: pick(this.#unread, kept).map(({ count }) => count),
        rss: pick(this.#unread, kept).map(({ rss }) => rss),
      },
      programs: this.#programs.series(kept),
      processes: this.#table.columns(this.#last, this.#programOf, growthMs),
      growthMs,
      coverage: this.#coverage(),
    }
  }

  #coverage(): string[] {
    const last = describeCoverage(coverageOf(this.#last), humanBytes)
    const lines = last === undefined ? [] : [escapeText(this.#times.length > 1 ? `At the end ${last}.` : `${last}.`)]
    const lacking = this.#unread.filter(({ count }) => count > 0)
    if (this.#times.length > 1 && lacking.length > 0) {
      const worst = lacking.reduce((most, one) => (one.rss > most.rss ? one : most))
      const amount = `${worst.count} with ${humanBytes(worst.rss * 1024)} RSS`
      lines.push(`${lacking.length} of ${this.#times.length} readings lack processes, at worst ${amount}; `
        + 'they are not in the sums of those moments.')
    }
    if (this.#setBackMs > 0) lines.push('The clock was set back meanwhile: later times are shown as if it had not been.')
    return lines
  }

  /** Time goes on from reading to reading, also where the clock was set back. */
  #onward(takenAt: number | undefined, before: number | undefined): number | undefined {
    if (takenAt === undefined || before === undefined) return takenAt
    if (takenAt + this.#setBackMs < before) this.#setBackMs = before - takenAt
    return takenAt + this.#setBackMs
  }

  #restart(): void {
    this.#times = []
    this.#setBackMs = 0
    this.#machine = []
    this.#unread = []
    this.#programs = new ProgramTotals()
    this.#table = new ProcessTable()
  }
}

const TEN_MINUTES_MS = 1000 * 60 * 10

function difference(whole: number | undefined, part: number | undefined): number | undefined {
  return whole === undefined || part === undefined ? undefined : whole - part
}

function toKilobytes(bytes: number | undefined): number | null {
  return bytes === undefined ? null : Math.round(bytes / 1024)
}
