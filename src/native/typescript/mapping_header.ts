import { COLON, MINUS, SPACE, byteAt, takeByte, takeDecimal, takeHex } from './digits.ts'
import type { Cursor } from './digits.ts'
import { atLeast } from './word.ts'
import type { Word } from './word.ts'

const PERMS_SIZE = 4
const PERMS = ['r-', 'w-', 'x-', 'ps'].map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)] as const)

/** The fixed part of a line that opens a mapping. One object serves for every line; `bytes` is that line's buffer. */
export interface MappingHeader {
  readonly start: Word
  readonly end: Word
  readonly offset: Word
  readonly inode: Word
  bytes: Uint8Array
  /** Where the four bytes of perms start. */
  permsAt: number
  /** "08:01", as shown. */
  deviceAt: number
  deviceSize: number
}

export function newMappingHeader(): MappingHeader {
  const word = (): Word => ({ high: 0, low: 0 })
  return {
    start: word(), end: word(), offset: word(), inode: word(),
    bytes: new Uint8Array(0), permsAt: 0, deviceAt: 0, deviceSize: 0,
  }
}

/**
 * Reads the fixed part of the line at `from` to `to`. Returns where the path starts (`to` when there is none), or -1
 * when this is no header. `complete`: the line is not longer than this. In one that is, the path must start within it.
 */
export function parseMappingHeader(
  bytes: Uint8Array, from: number, to: number, complete: boolean, header: MappingHeader,
): number {
  const cursor: Cursor = { bytes, at: from, end: to }
  header.bytes = bytes
  const fixed =
    takeHex(cursor, header.start) && takeByte(cursor, MINUS) &&
    takeHex(cursor, header.end) && takeByte(cursor, SPACE) &&
    takePerms(cursor, header) && takeByte(cursor, SPACE) &&
    takeHex(cursor, header.offset) && takeByte(cursor, SPACE) &&
    takeDevice(cursor, header) && takeByte(cursor, SPACE) &&
    takeDecimal(cursor, header.inode)
  if (!fixed || !atLeast(header.end, header.start)) return -1

  let { at } = cursor
  if (at < to && bytes[at] !== SPACE) return -1
  while (at < to && bytes[at] === SPACE) at += 1
  return at === to && !complete ? -1 : at
}

function takePerms(cursor: Cursor, header: MappingHeader): boolean {
  if (cursor.end - cursor.at < PERMS_SIZE) return false
  for (const [place, [set, unset]] of PERMS.entries()) {
    const byte = byteAt(cursor.bytes, cursor.at + place)
    if (byte !== set && byte !== unset) return false
  }
  header.permsAt = cursor.at
  cursor.at += PERMS_SIZE
  return true
}

const ignored: Word = { high: 0, low: 0 }

function takeDevice(cursor: Cursor, header: MappingHeader): boolean {
  const start = cursor.at
  if (!takeHex(cursor, ignored) || !takeByte(cursor, COLON) || !takeHex(cursor, ignored)) return false
  header.deviceAt = start
  header.deviceSize = cursor.at - start
  return true
}
