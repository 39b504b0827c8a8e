import { FIELD_COUNT, FIELD_INDEX } from '../field_table.ts'
import { Malformed } from '../malformed.ts'
import { MAX_KILOBYTES } from './digits.ts'
import type { MappingHeader } from './mapping_header.ts'
import { atLeast, setWord } from './word.ts'
import type { Word } from './word.ts'

export type MalformedReason = (typeof Malformed)[keyof typeof Malformed]

/** Receives the records one by one; the bytes and the figures that it is given are valid during the call only. */
export interface MappingSink {
  onHeader(header: MappingHeader): void
  /** Any number of times after onHeader: pieces of the path. */
  onPath(bytes: Uint8Array, from: number, to: number): void
  /** The text after "VmFlags:". */
  onFlags(bytes: Uint8Array, from: number, to: number): void
  /** `seen` has the bit `1 << field` of each figure that the record has. */
  onRecordEnd(kilobytes: Float64Array, seen: number): void
  /** The record just ended was shown again, grown: forget it. */
  onSuperseded(): void
  /** The whole stream is read again: forget everything. */
  onRestart(): void
}

const USS_PARTS = (1 << FIELD_INDEX.privateClean) | (1 << FIELD_INDEX.privateDirty)
const RSS = 1 << FIELD_INDEX.rss
const KERNEL_HALF: Word = { high: 0xffffffff, low: 0 }

/** The records of one stream: each mapping's figures, their sums, and whether the mappings follow one another. */
export class Records {
  count = 0
  /** Offset of the current record's header. */
  offset = 0
  readonly #sink: MappingSink | undefined
  readonly #start: Word = { high: 0, low: 0 }
  readonly #end: Word = { high: 0, low: 0 }
  /** End of the record before the current one. */
  readonly #previousEnd: Word = { high: 0, low: 0 }
  #seen = 0
  #firstSeen = 0
  readonly #record = new Float64Array(FIELD_COUNT)
  readonly #totals = new Float64Array(FIELD_COUNT)

  constructor(sink: MappingSink | undefined) {
    this.#sink = sink
  }

  open(header: MappingHeader, offset: number): void {
    this.count += 1
    this.offset = offset
    setWord(this.#start, header.start)
    setWord(this.#end, header.end)
    this.#seen = 0
  }

  /** False when the current record has the figure already. */
  store(field: number, kilobytes: number): boolean {
    const bit = 1 << field
    if ((this.#seen & bit) !== 0) return false
    this.#seen |= bit
    this.#record[field] = kilobytes
    return true
  }

  /** Ends the current record, and says what is wrong with it. */
  close(): MalformedReason {
    const record = this.#record
    const totals = this.#totals
    if ((this.#seen & USS_PARTS) === USS_PARTS) {
      this.#seen |= 1 << FIELD_INDEX.uss
      record[FIELD_INDEX.uss] = (record[FIELD_INDEX.privateClean] ?? NaN) + (record[FIELD_INDEX.privateDirty] ?? NaN)
    }
    if (this.#firstSeen === 0) this.#firstSeen = this.#seen
    if (this.#seen !== this.#firstSeen || (this.#seen & RSS) === 0) return Malformed.fieldsDiffer
    let fits = true
    for (let field = 0; field < FIELD_COUNT; field += 1) {
      const sum = (totals[field] ?? NaN) + (record[field] ?? NaN)
      totals[field] = sum
      fits &&= sum <= MAX_KILOBYTES
    }
    if (!fits) return Malformed.numberTooLarge
    this.#sink?.onRecordEnd(record, this.#seen)
    return Malformed.none
  }

  /** Whether a mapping may follow the record just ended. Takes that record back if it is the same one, grown. */
  admits(header: MappingHeader): boolean {
    if (atLeast(header.start, this.#end)) {
      setWord(this.#previousEnd, this.#end)
      return true
    }
    const covers = atLeast(this.#start, header.start) && atLeast(header.end, this.#end)
    if (!covers || !atLeast(header.start, this.#previousEnd)) return false
    // The mapping grew between two reads and the kernel shows it again, whole.
    for (let field = 0; field < FIELD_COUNT; field += 1) {
      this.#totals[field] = (this.#totals[field] ?? NaN) - (this.#record[field] ?? NaN)
    }
    this.count -= 1
    this.#sink?.onSuperseded()
    return true
  }

  /** The last record lies in the kernel's half, so nothing was cut off after it (x86-64 vsyscall page). */
  endInKernelHalf(): boolean {
    return atLeast(this.#start, KERNEL_HALF)
  }

  /** Bytes by field index, NaN for figures that the stream does not have. */
  sums(target: Float64Array): void {
    for (let field = 0; field < FIELD_COUNT; field += 1) {
      target[field] = (this.#firstSeen & (1 << field)) !== 0 ? (this.#totals[field] ?? NaN) * 1024 : NaN
    }
  }
}
