/** What the tests do to well-formed text before the parsers see it. Each mutation returns new bytes. */
import type { Random } from './random.ts'
import { isHeader, lineBounds, recordBounds, type Bounds } from './text_parts.ts'

export type Mutation = (text: Buffer, random: Random, other: Buffer) => Buffer

const NUMBERS = [
  '0', '00000000', '00000001', '9999999', '99999999', '100000000', '123456789', '999999999', '4294967296',
  '9007199254740990', '9007199254740991', '9007199254740992', '9007199254740993', '18446744073709551615',
  '18446744073709551616', '18446744073709551617', '99999999999999999999999', '-4', '4.5', '1e3', '0x4', '',
]

const NO_UTF8 = [[0xff, 0xfe], [0xc3], [0x85], [0xed, 0xa0, 0x80]].map((bytes) => Buffer.from(bytes))

const HOSTILE: readonly Buffer[] = [
  ' kB', 'Pss: 5 kB', '\nPss: 5 kB', 'Pss:                   5 kB', '\f', '\r', '\v', '\x1b[31m', '\u0085', '\u2028',
  '\t', '  ', '\\012', ' (deleted)', '/ (deleted) (deleted)', '[heap]', '[anon: kB]', '1000-2000 r--p 0 00:00 0 ',
  '\n00001000-00002000 r--p 00000000 08:01 7 /x', 'VmFlags: rd', '\nVmFlags:               4 kB', '\0',
  '\0'.repeat(16), `\n${'\0'.repeat(16)}       4 kB`,
].map((text) => Buffer.from(text)).concat(NO_UTF8)

const LINES = [
  'Rss:                   4 kB', 'Pss:                   4 kB', 'Swap:\t\t4 kB', 'Locked:4 kB',
  'Private_Hugetlb:       4 kB', 'Private_Hugetlb:123456789 kB', 'Frobnicated:           4 kB',
  'Abcdefghijklmno:       4 kB', 'Abcdefghijklmnop:      4 kB', 'VmFlags: rd wr mr', 'VmFlags:               4 kB',
  'Name:           [anon:libc_malloc]', 'THPeligible:\t\t0', 'THPeligible:           1', 'Writeback:             0 kB',
  'rss: 4 kB', '', ' ', 'Rss', 'Rss:', 'Rss: kB', 'Rss: 4', 'Rss: 4 kb', 'Rss: 4 kB ', 'Rss : 4 kB', 'X:',
]

const BORDERS = [510, 511, 512, 513, 514, 1024, 3070, 3071, 3072, 3073, 3074, 4094, 4095, 4096, 4097]

/** `text` with the bytes from `from` to `to` replaced. */
function replace(text: Buffer, from: number, to: number, by: Uint8Array | string): Buffer {
  return Buffer.concat([text.subarray(0, from), typeof by === 'string' ? Buffer.from(by) : by, text.subarray(to)])
}

function cut(text: Buffer, [from, to]: Bounds): Buffer {
  return replace(text, from, to, '')
}

function repeat(text: Buffer, [from, to]: Bounds): Buffer {
  return replace(text, to, to, text.subarray(from, to))
}

function swap(text: Buffer, one: Bounds, other: Bounds): Buffer {
  const [[a, b], [c, d]] = one[0] <= other[0] ? [one, other] : [other, one]
  if (a === c) return text
  const parts = [text.subarray(0, a), text.subarray(c, d), text.subarray(b, c), text.subarray(a, b), text.subarray(d)]
  return Buffer.concat(parts)
}

/** A few bytes somewhere. */
function span(text: Buffer, random: Random): Bounds {
  const from = random.below(text.length + 1)
  return [from, Math.min(text.length, from + random.between(1, random.oneIn(4) ? 64 : 4))]
}

/** Where a path may be made longer: the end of a header, or of any line. */
function lineEnd(text: Buffer, random: Random): number {
  const lines = lineBounds(text)
  const headers = lines.filter(([from]) => isHeader(text, from))
  const [, end] = random.pick(headers.length > 0 && !random.oneIn(4) ? headers : lines)
  return Math.max(0, text[end - 1] === 0x0a ? end - 1 : end)
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  flipBit(text, random) {
    const flipped = Buffer.from(text)
    const at = random.below(Math.max(1, text.length))
    const byte = flipped[at]
    if (byte !== undefined) flipped[at] = byte ^ (1 << random.below(8))
    return flipped
  },
  setByte: (text, random) => {
    const at = random.below(text.length + 1)
    return replace(text, at, at + random.below(2), Uint8Array.of(random.below(256)))
  },
  deleteBytes: (text, random) => cut(text, span(text, random)),
  repeatBytes: (text, random) => repeat(text, span(text, random)),
  deleteLine: (text, random) => cut(text, random.pick(lineBounds(text))),
  repeatLine: (text, random) => repeat(text, random.pick(lineBounds(text))),
  swapLines: (text, random) => swap(text, random.pick(lineBounds(text)), random.pick(lineBounds(text))),
  insertLine: (text, random) => {
    const [at] = random.pick(lineBounds(text))
    return replace(text, at, at, `${random.pick(LINES)}\n`)
  },
  deleteRecord: (text, random) => cut(text, random.pick(recordBounds(text))),
  repeatRecord: (text, random) => repeat(text, random.pick(recordBounds(text))),
  swapRecords: (text, random) => swap(text, random.pick(recordBounds(text)), random.pick(recordBounds(text))),
  editNumber(text, random) {
    const numbers = [...text.toString('latin1').matchAll(/\d+/g)]
    if (numbers.length === 0) return text
    const { index, 0: digits } = random.pick(numbers)
    const number = random.pick(NUMBERS)
    // In its column, as the kernel would print it, or wherever it comes to lie.
    const from = random.oneIn(2) ? index : Math.max(0, index + digits.length - number.length)
    return replace(text, from, index + digits.length, number)
  },
  editAddress(text, random) {
    const addresses = [...text.toString('latin1').matchAll(/^[0-9a-f]+(?=-)|(?<=^[0-9a-f]+-)[0-9a-f]+/gm)]
    if (addresses.length === 0) return text
    const target = random.pick(addresses)
    return replace(text, target.index, target.index + target[0].length, random.pick(addresses)[0])
  },
  truncate: (text, random) => text.subarray(0, random.below(text.length + 1)),
  splice: (text, random, other) =>
    Buffer.concat([text.subarray(0, random.below(text.length + 1)), other.subarray(random.below(other.length + 1))]),
  spliceRecords(text, random, other) {
    const [at] = random.pick(recordBounds(text))
    const [from, to] = random.pick(recordBounds(other))
    return replace(text, at, at, other.subarray(from, to))
  },
  hostilePath(text, random) {
    const at = lineEnd(text, random)
    return replace(text, at, at, random.pick(HOSTILE))
  },
  hostileBytes(text, random) {
    const [from, to] = span(text, random)
    return replace(text, from, random.oneIn(2) ? from : to, random.pick(HOSTILE))
  },
  longLine(text, random) {
    const at = lineEnd(text, random)
    const line = text.lastIndexOf(0x0a, at - 1) + 1
    const missing = Math.max(0, random.pick(BORDERS) - (at - line))
    return replace(text, at, at, random.pick(['x', ' ', '0', '\t']).repeat(missing))
  },
  lineAtBorder(text, random) {
    const at = lineEnd(text, random)
    return replace(text, at, at, 'p'.repeat(Math.max(0, random.pick(BORDERS) - at)))
  },
}
