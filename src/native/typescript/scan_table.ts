import { GroupColumn, ScanColumn } from '../backend.ts'
import type { ScanTable } from '../backend.ts'
import { FIELD_COUNT, FIELD_INDEX } from '../field_table.ts'
import { GrowingArray } from './growing_array.ts'
import type { MappingGroup } from './mapping_groups.ts'

/** Makes a ScanTable, one process after the other. */
export class ScanTableBuilder {
  #count = 0
  readonly #numbers = new GrowingArray((length) => new Float64Array(length))
  readonly #groups = new GrowingArray((length) => new Float64Array(length))
  readonly #text = new GrowingArray((length) => new Uint8Array(length))

  /** `pieces`: comm, command line and cgroup, as far as they are known; their sizes are in the row. */
  append(row: Float64Array, pieces: readonly Uint8Array[], groups: readonly MappingGroup[]): void {
    row[ScanColumn.textAt] = this.#text.length
    for (const piece of pieces) this.#text.append(piece)
    for (const group of groups) this.#appendGroup(group)
    this.#numbers.append(row)
    this.#count += 1
  }

  table(): ScanTable {
    return {
      count: this.#count,
      numbers: this.#numbers.toArray(),
      groups: this.#groups.toArray(),
      text: this.#text.toArray(),
    }
  }

  #appendGroup({ path, count, seen, kilobytes }: MappingGroup): void {
    const row = new Float64Array(GroupColumn.length + FIELD_COUNT)
    row[GroupColumn.process] = this.#count
    row[GroupColumn.textAt] = this.#text.length
    row[GroupColumn.pathSize] = path.length
    for (let field = 0; field < FIELD_COUNT; field += 1) {
      row[GroupColumn.length + field] = (seen & (1 << field)) !== 0 ? (kilobytes[field] ?? NaN) * 1024 : NaN
    }
    row[GroupColumn.length + FIELD_INDEX.mappings] = count
    this.#text.append(Buffer.from(path, 'latin1'))
    this.#groups.append(row)
  }
}
