import { setWordToBigInt, setWordToNumber } from './word.ts'
import type { Word } from './word.ts'

/** A place in bytes. Each reader moves `at` past what it took and never looks at `end` or beyond. */
export interface Cursor {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
}

export const TAB = 0x09
export const NEWLINE = 0x0a
export const SPACE = 0x20
export const MINUS = 0x2d
export const ZERO = 0x30
export const COLON = 0x3a
const CAPITAL_B = 0x42
const SMALL_A = 0x61
const SMALL_K = 0x6b

/** What a double holds exactly: the largest figure, in kB, that is taken. */
export const MAX_KILOBYTES = Number.MAX_SAFE_INTEGER

/** What `parseKilobytes` says of anything but a figure. */
export const NO_FIGURE = -1

/** The byte, or -1 past the end of the array, which is no digit of any kind. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? -1
}

export function isDecimal(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9
}

/** The kernel prints lower case only. */
export function hexValue(byte: number): number {
  if (isDecimal(byte)) return byte - ZERO
  return byte >= SMALL_A && byte < SMALL_A + 6 ? byte - SMALL_A + 10 : -1
}

/** 1 to 16 hexadecimal digits. */
export function takeHex(cursor: Cursor, word: Word): boolean {
  const { bytes, end, at: start } = cursor
  let at = start
  let high = 0
  let low = 0
  for (; at < end; at += 1) {
    const digit = hexValue(byteAt(bytes, at))
    if (digit < 0) break
    high = (high << 4) | (low >>> 28)
    low = (low << 4) | digit
  }
  word.high = high >>> 0
  word.low = low >>> 0
  cursor.at = at
  return at > start && at - start <= 16
}

/** One or more decimal digits that fit 64 bits. */
export function takeDecimal(cursor: Cursor, word: Word): boolean {
  const { bytes, end, at: start } = cursor
  let at = start
  let value = 0
  for (; at < end; at += 1) {
    const byte = byteAt(bytes, at)
    if (!isDecimal(byte)) break
    value = value * 10 + (byte - ZERO)
  }
  cursor.at = at
  if (at === start) return false
  if (value <= Number.MAX_SAFE_INTEGER) {
    setWordToNumber(word, value)
    return true
  }
  const exact = BigInt(latin1(bytes, start, at))
  setWordToBigInt(word, exact)
  return exact < 1n << 64n
}

export function takeByte(cursor: Cursor, wanted: number): boolean {
  if (cursor.at >= cursor.end || cursor.bytes[cursor.at] !== wanted) return false
  cursor.at += 1
  return true
}

/**
 * "  <digits> kB", the whole of it, or NO_FIGURE. A figure above MAX_KILOBYTES is not exact, but stays above it:
 * multiplying and rounding never bring it back down.
 */
export function parseKilobytes(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1
  const digits = at
  let value = 0
  for (; at < to; at += 1) {
    const byte = byteAt(bytes, at)
    if (!isDecimal(byte)) break
    value = value * 10 + (byte - ZERO)
  }
  return at > digits && to - at === 3 && endsWithUnit(bytes, at) ? value : NO_FIGURE
}

/** Whether " kB" stands at `at`. */
export function endsWithUnit(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === SPACE && bytes[at + 1] === SMALL_K && bytes[at + 2] === CAPITAL_B
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
}
