import { COLON, NO_FIGURE, SPACE, ZERO, byteAt, endsWithUnit, isDecimal } from './digits.ts'

const NAME = 16
const DIGITS = 8
/** Most lines of smaps: a name of 16 columns, a figure of 8, " kB\n". */
export const COLUMN_LINE = NAME + DIGITS + ' kB\n'.length
const MAX_LINES = 40

/** What `take` says of a line that has to be looked at in full. */
export const NOT_EXPECTED = -2

const quad = (text: string): number => Buffer.from(text, 'latin1').readInt32LE(0)
const UNIT = quad(' kB\n')
const BLANK = quad('    ')
const NOTHING = quad('   0')

/**
 * The lines that one record had, in order: nearly every line of the next has the same name at the same place. To
 * compare those as numbers of four bytes each costs a fraction of finding the line's end, its colon, and its field.
 */
export class ColumnLines {
  /** The figure of the line that was last taken. */
  kilobytes = 0
  #line = 0
  /** Four numbers a name. */
  readonly #names = new Int32Array((MAX_LINES * NAME) / 4)
  readonly #fields = new Int8Array(MAX_LINES).fill(NOT_EXPECTED)

  /** The next line is the first one of a record. */
  restart(): void {
    this.#line = 0
  }

  /** Takes the line of COLUMN_LINE bytes at `at`: its field, -1 for one that is skipped, or NOT_EXPECTED. */
  take(bytes: DataView, at: number): number {
    const line = this.#line
    const field = line < MAX_LINES ? (this.#fields[line] ?? NOT_EXPECTED) : NOT_EXPECTED
    if (field === NOT_EXPECTED) return NOT_EXPECTED
    const names = this.#names
    const name = line * 4
    if (
      bytes.getInt32(at, true) !== names[name] || bytes.getInt32(at + 4, true) !== names[name + 1] ||
      bytes.getInt32(at + 8, true) !== names[name + 2] || bytes.getInt32(at + 12, true) !== names[name + 3] ||
      bytes.getInt32(at + NAME + DIGITS, true) !== UNIT
    ) return NOT_EXPECTED
    const kilobytes = parseColumn(bytes, at + NAME)
    if (kilobytes === NO_FIGURE) return NOT_EXPECTED
    this.kilobytes = kilobytes
    this.#line = line + 1
    return field
  }

  /** Remembers the line of a field, given without its end. One of another shape holds its place, never expected. */
  learn(bytes: Uint8Array, from: number, to: number, field: number): void {
    const line = this.#line
    if (line >= MAX_LINES) return
    this.#line = line + 1
    this.#fields[line] = NOT_EXPECTED
    if (to - from + 1 !== COLUMN_LINE || !endsWithUnit(bytes, from + NAME + DIGITS)) return
    const last = byteAt(bytes, from + NAME - 1)
    if (last !== SPACE && last !== COLON) return // a ninth digit would stand in the name's columns
    const view = viewOf(bytes)
    if (parseColumn(view, from + NAME) === NO_FIGURE) return
    for (let i = 0; i < NAME / 4; i += 1) this.#names[(line * NAME) / 4 + i] = view.getInt32(from + 4 * i, true)
    this.#fields[line] = field
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Eight bytes: any number of spaces, then at least one digit; or NO_FIGURE. */
function parseColumn(bytes: DataView, from: number): number {
  if (bytes.getInt32(from, true) === BLANK && bytes.getInt32(from + 4, true) === NOTHING) return 0 // most of them
  const end = from + DIGITS
  let at = from
  while (at < end && bytes.getUint8(at) === SPACE) at += 1
  if (at === end) return NO_FIGURE
  let value = 0
  for (; at < end; at += 1) {
    const byte = bytes.getUint8(at)
    if (!isDecimal(byte)) return NO_FIGURE
    value = value * 10 + (byte - ZERO)
  }
  return value
}
