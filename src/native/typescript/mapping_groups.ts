import { FIELD_COUNT } from '../field_table.ts'
import { latin1 } from './digits.ts'
import type { MappingSink } from './records.ts'

export interface MappingGroup {
  /** As shown, one character a byte; empty for mappings without a name. */
  readonly path: string
  count: number
  /** The bit `1 << field` of each figure that the kernel has. */
  seen: number
  readonly kilobytes: Float64Array
}

/** The mappings of one process summed by name: a few dozen rows in place of hundreds. */
export class MappingGroups implements MappingSink {
  /** In the order in which the names came first. */
  readonly #groups = new Map<string, MappingGroup>()
  #path = ''
  #last: MappingGroup | undefined
  readonly #lastKilobytes = new Float64Array(FIELD_COUNT)

  onHeader(): void {
    this.#path = ''
  }

  onPath(bytes: Uint8Array, from: number, to: number): void {
    this.#path += latin1(bytes, from, to)
  }

  onFlags(): void {
    // Flags cannot be summed.
  }

  onRecordEnd(kilobytes: Float64Array, seen: number): void {
    // A library's mappings come one after the other.
    const group = this.#last?.path === this.#path ? this.#last : this.#groupOf(this.#path)
    group.count += 1
    group.seen = seen
    for (let field = 0; field < FIELD_COUNT; field += 1) {
      group.kilobytes[field] = (group.kilobytes[field] ?? NaN) + (kilobytes[field] ?? NaN)
    }
    this.#last = group
    this.#lastKilobytes.set(kilobytes)
  }

  onSuperseded(): void {
    const group = this.#last
    if (group === undefined) return
    group.count -= 1
    for (let field = 0; field < FIELD_COUNT; field += 1) {
      group.kilobytes[field] = (group.kilobytes[field] ?? NaN) - (this.#lastKilobytes[field] ?? NaN)
    }
  }

  onRestart(): void {
    this.#groups.clear()
    this.#last = undefined
  }

  /** Those that are left: one whose only mapping was shown again under another name is not. */
  groups(): MappingGroup[] {
    return [...this.#groups.values()].filter(({ count }) => count > 0)
  }

  #groupOf(path: string): MappingGroup {
    const known = this.#groups.get(path)
    if (known !== undefined) return known
    const group = { path, count: 0, seen: 0, kilobytes: new Float64Array(FIELD_COUNT) }
    this.#groups.set(path, group)
    return group
  }
}
