import { ScanColumn } from '../backend.ts'
import type { ScanTable } from '../backend.ts'
import { GrowingArray } from './growing_array.ts'

/** Makes a ScanTable, one row after the other. */
export class ScanTableBuilder {
  #count = 0
  readonly #numbers = new GrowingArray((length) => new Float64Array(length))
  readonly #text = new GrowingArray((length) => new Uint8Array(length))

  /** `pieces`: comm, command line and cgroup, as far as they are known; their sizes are in the row. */
  append(row: Float64Array, pieces: readonly Uint8Array[]): void {
    row[ScanColumn.textAt] = this.#text.length
    for (const piece of pieces) this.#text.append(piece)
    this.#numbers.append(row)
    this.#count += 1
  }

  table(): ScanTable {
    return { count: this.#count, numbers: this.#numbers.toArray(), text: this.#text.toArray() }
  }
}
