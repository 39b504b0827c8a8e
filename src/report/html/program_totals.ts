import type { SnapshotProcess } from '../../processes/index.ts'
import { escapeText } from '../escape.ts'
import type { ProgramSeries } from './report_data.ts'
import { pick } from './timeline.ts'

/** So many programs have a colour of their own. */
const NAMED_PROGRAMS = 12

/** PSS by program over time, in kB. */
export class ProgramTotals {
  readonly #byName = new Map<string, { sum: number, pss: number[] }>()
  readonly #totals: number[] = []

  /** All programs together, at each reading. */
  get totals(): readonly number[] {
    return this.#totals
  }

  add(processes: readonly SnapshotProcess[], programOf: (process: SnapshotProcess) => string): void {
    const reading = this.#totals.length
    let total = 0
    for (const process of processes) {
      const pss = process.usage?.pss
      if (pss === undefined) continue
      const name = programOf(process)
      const program = this.#byName.get(name) ?? { sum: 0, pss: [] }
      this.#byName.set(name, program)
      while (program.pss.length < reading) program.pss.push(0)
      program.pss[reading] = (program.pss[reading] ?? 0) + pss / 1024
      program.sum += pss / 1024
      total += pss / 1024
    }
    this.#totals.push(total)
  }

  /** The programs with the largest sums over all readings, and one series for what is left when that is several. */
  series(kept: readonly number[]): ProgramSeries[] {
    const sorted = [...this.#byName].sort((a, b) => b[1].sum - a[1].sum)
    const named = sorted.length <= NAMED_PROGRAMS + 1 ? sorted : sorted.slice(0, NAMED_PROGRAMS)
    const rest = sorted.slice(named.length)
    const series = named.map(([name, { pss }]) => ({ name: escapeText(name), others: 0, pss: this.#at(kept, [pss]) }))
    if (rest.length === 0) return series
    return [...series, { name: 'other programs', others: rest.length, pss: this.#at(kept, rest.map(([, { pss }]) => pss)) }]
  }

  #at(kept: readonly number[], programs: readonly (readonly number[])[]): number[] {
    return pick(this.#totals, kept).map((_, index) => (
      Math.round(programs.reduce((sum, pss) => sum + (pss[kept[index] ?? 0] ?? 0), 0))))
  }
}
