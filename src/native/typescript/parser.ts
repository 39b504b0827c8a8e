import type { UsageSource } from '../backend.ts'
import { FIELD_COUNT, FIELD_INDEX, FIELD_TABLE } from '../field_table.ts'
import { Malformed } from '../malformed.ts'
import { COLUMN_LINE, ColumnLines, NOT_EXPECTED, viewOf } from './column_lines.ts'
import {
  COLON, MAX_KILOBYTES, NEWLINE, NO_FIGURE, byteAt, hexValue, isDecimal, latin1, parseKilobytes,
} from './digits.ts'
import { newMappingHeader, parseMappingHeader } from './mapping_header.ts'
import { Records } from './records.ts'
import type { MalformedReason, MappingSink } from './records.ts'

/** So much of a line is kept to say what it is; what follows can only be the rest of a path or of an unknown field. */
export const LINE_HEAD = 512

const FIELDS_BY_NAME: ReadonlyMap<string, number> = new Map(
  FIELD_TABLE.flatMap(([, name], field) => (name === '' ? [] : [[name, field] as const])),
)
const UNKNOWN_FIELD = -1

export interface ParseResult {
  /** Bytes by field index, NaN for what the stream does not have; without meaning when it is malformed. */
  readonly totals: Float64Array
  /** Index into MALFORMED_REASONS. */
  readonly malformed: MalformedReason
  /** Byte offset of what is malformed. */
  readonly offset: number
}

/** The figures of a whole smaps or smaps_rollup. */
export function parseSmaps(bytes: Uint8Array, source: UsageSource, sink?: MappingSink): ParseResult {
  const parser = new SmapsParser(source, sink)
  if (parser.feed(bytes)) parser.finish()
  const totals = new Float64Array(FIELD_COUNT)
  parser.totals(totals)
  return { totals, malformed: parser.malformed, offset: parser.malformedOffset }
}

/**
 * Bytes of smaps or smaps_rollup in, in pieces of any size; figures out. It takes and refuses what the parser in
 * src-native/procfs does, for the same reasons and at the same offsets; smaps_parser.h there describes the text.
 */
export class SmapsParser {
  malformed: MalformedReason = Malformed.none
  malformedOffset = 0
  readonly #source: UsageSource
  readonly #sink: MappingSink | undefined
  readonly #records: Records
  readonly #columns = new ColumnLines()
  readonly #header = newMappingHeader()
  /** Of the current line's first byte. */
  #offset = 0
  /** The head of a line whose end was not fed yet. */
  readonly #carried = new Uint8Array(LINE_HEAD)
  #carriedSize = 0
  /** Of a line longer than LINE_HEAD, so far; else 0. */
  #longLineSize = 0
  #restIsPath = false

  constructor(source: UsageSource, sink?: MappingSink) {
    this.#source = source
    this.#sink = sink
    this.#records = new Records(sink)
  }

  /** Nothing was fed: a zombie, a kernel thread, or an address space that is gone. */
  get empty(): boolean {
    return this.#offset === 0 && this.#carriedSize === 0
  }

  get endsInKernelHalf(): boolean {
    return this.#records.endInKernelHalf()
  }

  /** False once the stream is known to be malformed. */
  feed(bytes: Uint8Array): boolean {
    if (this.malformed !== Malformed.none) return false
    let at = this.#carriedSize > 0 ? this.#endCarriedLine(bytes) : 0
    const view = viewOf(bytes)
    while (at < bytes.length && this.malformed === Malformed.none) {
      at = this.#takeColumnLines(view, at)
      if (at === bytes.length || this.malformed !== Malformed.none) break
      const newline = bytes.indexOf(NEWLINE, at)
      if (newline < 0) {
        this.#carry(bytes, at, bytes.length)
        break
      }
      this.#line(bytes, at, newline)
      this.#offset += newline + 1 - at
      at = newline + 1
    }
    return this.malformed === Malformed.none
  }

  /** The end of the stream; false when it is malformed. */
  finish(): boolean {
    if (this.malformed !== Malformed.none) return false
    if (this.#carriedSize > 0) this.#refuse(Malformed.truncated)
    else if (!this.empty) this.#closeRecord()
    return this.malformed === Malformed.none
  }

  totals(target: Float64Array): void {
    this.#records.sums(target)
    if (this.#source === 'smaps') target[FIELD_INDEX.mappings] = this.#records.count
  }

  /** Takes the lines that are as they were in the record before. */
  #takeColumnLines(bytes: DataView, from: number): number {
    const last = bytes.byteLength - COLUMN_LINE
    let at = from
    while (at <= last) {
      const field = this.#columns.take(bytes, at)
      if (field === NOT_EXPECTED) break
      if (field !== UNKNOWN_FIELD && !this.#store(field, this.#columns.kilobytes)) break
      this.#offset += COLUMN_LINE
      at += COLUMN_LINE
    }
    return at
  }

  #line(bytes: Uint8Array, from: number, to: number): void {
    if (to - from <= LINE_HEAD) {
      this.#lineHead(bytes, from, to, true)
      return
    }
    this.#lineHead(bytes, from, from + LINE_HEAD, false)
    this.#lineRest(bytes, from + LINE_HEAD, to)
  }

  /** Completes the line that the piece before left open; returns where the next one starts. */
  #endCarriedLine(bytes: Uint8Array): number {
    const newline = bytes.indexOf(NEWLINE)
    this.#carry(bytes, 0, newline < 0 ? bytes.length : newline)
    if (newline < 0 || this.malformed !== Malformed.none) return bytes.length
    const size = this.#longLineSize > 0 ? this.#longLineSize : this.#carriedSize
    if (this.#longLineSize === 0) this.#lineHead(this.#carried, 0, this.#carriedSize, true)
    this.#carriedSize = 0
    this.#longLineSize = 0
    this.#offset += size + 1
    return newline + 1
  }

  /** Takes a piece of a line whose end was not fed yet. */
  #carry(bytes: Uint8Array, from: number, to: number): void {
    let at = from
    if (this.#longLineSize === 0) {
      at = Math.min(to, from + LINE_HEAD - this.#carriedSize)
      this.#carried.set(bytes.subarray(from, at), this.#carriedSize)
      this.#carriedSize += at - from
      if (at === to) return // a line of exactly LINE_HEAD bytes may still turn out complete
      this.#lineHead(this.#carried, 0, LINE_HEAD, false)
      this.#longLineSize = LINE_HEAD
    }
    this.#longLineSize += to - at
    this.#lineRest(bytes, at, to)
  }

  #lineHead(bytes: Uint8Array, from: number, to: number, complete: boolean): void {
    this.#restIsPath = false
    const first = to > from ? byteAt(bytes, from) : -1
    if (hexValue(first) >= 0) this.#headerLine(bytes, from, to, complete)
    else if (isUpper(first)) this.#fieldLine(bytes, from, to, complete)
    else this.#refuse(Malformed.unknownLine)
  }

  #lineRest(bytes: Uint8Array, from: number, to: number): void {
    if (this.malformed === Malformed.none && this.#restIsPath) this.#sink?.onPath(bytes, from, to)
  }

  #headerLine(bytes: Uint8Array, from: number, to: number, complete: boolean): void {
    const header = this.#header
    const path = parseMappingHeader(bytes, from, to, complete, header)
    if (path < 0) return this.#refuse(Malformed.badHeader)
    if (this.#records.count > 0) {
      if (this.#source === 'rollup') return this.#refuse(Malformed.secondRecord)
      if (!this.#closeRecord()) return
      if (!this.#records.admits(header)) return this.#refuse(Malformed.outOfOrder)
    }
    this.#records.open(header, this.#offset)
    this.#columns.restart()
    this.#restIsPath = true
    this.#sink?.onHeader(header)
    if (path < to) this.#sink?.onPath(bytes, path, to)
  }

  #fieldLine(bytes: Uint8Array, from: number, to: number, complete: boolean): void {
    let colon = from + 1
    while (colon < to && isNameByte(byteAt(bytes, colon))) colon += 1
    if (colon === to || bytes[colon] !== COLON) return this.#refuse(Malformed.unknownLine)
    if (this.#records.count === 0) return this.#refuse(Malformed.orphanField)

    const name = latin1(bytes, from, colon)
    const field = FIELDS_BY_NAME.get(name) ?? UNKNOWN_FIELD
    const isFlags = name === 'VmFlags'
    if (!complete && (field !== UNKNOWN_FIELD || isFlags)) return this.#refuse(Malformed.badNumber)
    if (isFlags) this.#sink?.onFlags(bytes, colon + 1, to)
    if (field !== UNKNOWN_FIELD) {
      const kilobytes = parseKilobytes(bytes, colon + 1, to)
      if (kilobytes === NO_FIGURE) return this.#refuse(Malformed.badNumber)
      if (kilobytes > MAX_KILOBYTES) return this.#refuse(Malformed.numberTooLarge)
      if (!this.#store(field, kilobytes)) return
    }
    // Flags have to be handed on, whatever they look like.
    if (complete) this.#columns.learn(bytes, from, to, isFlags ? NOT_EXPECTED : field)
  }

  #store(field: number, kilobytes: number): boolean {
    if (this.#records.store(field, kilobytes)) return true
    this.#refuse(Malformed.duplicateField)
    return false
  }

  #closeRecord(): boolean {
    const why = this.#records.close()
    if (why !== Malformed.none) this.#refuse(why, this.#records.offset)
    return why === Malformed.none
  }

  #refuse(why: MalformedReason, offset = this.#offset): void {
    this.malformed = why
    this.malformedOffset = offset
  }
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a
}

function isNameByte(byte: number): boolean {
  return isUpper(byte) || (byte >= 0x61 && byte <= 0x7a) || isDecimal(byte) || byte === 0x5f
}
