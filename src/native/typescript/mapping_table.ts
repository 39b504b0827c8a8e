import { endianness } from 'node:os'

import { MappingColumn } from '../backend.ts'
import type { MappingTable } from '../backend.ts'
import { FIELD_COUNT } from '../field_table.ts'
import { GrowingArray } from './growing_array.ts'
import type { MappingHeader } from './mapping_header.ts'
import type { MappingSink } from './records.ts'

const HALVES_PER_ROW = 4 * 2
const NUMBERS_PER_ROW = FIELD_COUNT + MappingColumn.length
const PERMS_SIZE = 4
/** Where the upper half of a 64-bit word lies. */
const HIGH = endianness() === 'LE' ? 1 : 0

/** Makes a MappingTable of the records of one stream. */
export class MappingTableBuilder implements MappingSink {
  #count = 0
  /** The 64-bit words as halves: a BigInt each would cost more than all the rest. */
  readonly #halves = new GrowingArray((length) => new Uint32Array(length))
  readonly #numbers = new GrowingArray((length) => new Float64Array(length))
  readonly #text = new GrowingArray((length) => new Uint8Array(length))
  /** Of the current row. */
  #textAt = 0
  #pathSize = 0
  #flagsSize = 0

  onHeader(header: MappingHeader): void {
    const at = this.#halves.length
    const halves = this.#halves.extend(HALVES_PER_ROW)
    for (const [place, word] of [header.start, header.end, header.offset, header.inode].entries()) {
      halves[at + 2 * place + HIGH] = word.high
      halves[at + 2 * place + 1 - HIGH] = word.low
    }
    this.#textAt = this.#text.length
    this.#pathSize = 0
    this.#flagsSize = 0
    const row = this.#numbers.length
    const numbers = this.#numbers.extend(NUMBERS_PER_ROW)
    numbers.fill(NaN, row, row + FIELD_COUNT)
    numbers[row + FIELD_COUNT + MappingColumn.textAt] = this.#textAt
    numbers[row + FIELD_COUNT + MappingColumn.deviceSize] = header.deviceSize
    this.#text.append(header.bytes.subarray(header.permsAt, header.permsAt + PERMS_SIZE))
    this.#text.append(header.bytes.subarray(header.deviceAt, header.deviceAt + header.deviceSize))
    this.#count += 1
  }

  onPath(bytes: Uint8Array, from: number, to: number): void {
    this.#text.append(bytes.subarray(from, to))
    this.#pathSize += to - from
  }

  onFlags(bytes: Uint8Array, from: number, to: number): void {
    this.#text.truncate(this.#text.length - this.#flagsSize) // the last of several counts
    this.#text.append(bytes.subarray(from, to))
    this.#flagsSize = to - from
  }

  onRecordEnd(kilobytes: Float64Array, seen: number): void {
    const row = this.#numbers.length - NUMBERS_PER_ROW
    const numbers = this.#numbers.extend(0)
    for (let field = 0; field < FIELD_COUNT; field += 1) {
      if ((seen & (1 << field)) !== 0) numbers[row + field] = (kilobytes[field] ?? NaN) * 1024
    }
    numbers[row + FIELD_COUNT + MappingColumn.pathSize] = this.#pathSize
    numbers[row + FIELD_COUNT + MappingColumn.flagsSize] = this.#flagsSize
  }

  onSuperseded(): void {
    this.#text.truncate(this.#textAt)
    this.#halves.truncate(this.#halves.length - HALVES_PER_ROW)
    this.#numbers.truncate(this.#numbers.length - NUMBERS_PER_ROW)
    this.#count -= 1
  }

  onRestart(): void {
    this.#text.truncate(0)
    this.#halves.truncate(0)
    this.#numbers.truncate(0)
    this.#count = 0
  }

  table(): MappingTable {
    return {
      count: this.#count,
      words: new BigUint64Array(this.#halves.toArray().buffer),
      numbers: this.#numbers.toArray(),
      text: this.#text.toArray(),
    }
  }
}
