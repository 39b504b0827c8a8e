/** What the TypeScript parser makes of some bytes, as the line that smaps_target.h describes for the C++ one. */
import type { UsageSource } from '../../../src/native/backend.ts'
import { FIELD_COUNT } from '../../../src/native/field_table.ts'
import { Malformed } from '../../../src/native/malformed.ts'
import type { MappingHeader } from '../../../src/native/typescript/mapping_header.ts'
import { SmapsParser } from '../../../src/native/typescript/parser.ts'
import type { MappingSink } from '../../../src/native/typescript/records.ts'
import type { Word } from '../../../src/native/typescript/word.ts'

interface Row {
  readonly words: readonly Word[]
  readonly perms: Buffer
  readonly device: Buffer
  path: Buffer
  flags: Buffer
  kilobytes: Float64Array
  seen: number
}

class RowRecorder implements MappingSink {
  readonly rows: Row[] = []

  onHeader({ start, end, offset, inode, bytes, permsAt, deviceAt, deviceSize }: MappingHeader): void {
    this.rows.push({
      words: [start, end, offset, inode].map(({ high, low }) => ({ high, low })),
      perms: copy(bytes, permsAt, permsAt + 4),
      device: copy(bytes, deviceAt, deviceAt + deviceSize),
      path: Buffer.alloc(0),
      flags: Buffer.alloc(0),
      kilobytes: new Float64Array(FIELD_COUNT),
      seen: 0,
    })
  }

  onPath(bytes: Uint8Array, from: number, to: number): void {
    const row = this.#last()
    row.path = Buffer.concat([row.path, bytes.subarray(from, to)])
  }

  onFlags(bytes: Uint8Array, from: number, to: number): void {
    this.#last().flags = copy(bytes, from, to)
  }

  onRecordEnd(kilobytes: Float64Array, seen: number): void {
    const row = this.#last()
    row.kilobytes = kilobytes.slice()
    row.seen = seen
  }

  onSuperseded(): void {
    this.rows.pop()
  }

  onRestart(): void {
    this.rows.length = 0
  }

  #last(): Row {
    const row = this.rows.at(-1)
    if (row === undefined) throw new Error('the parser told of a mapping before its header')
    return row
  }
}

function copy(bytes: Uint8Array, from: number, to: number): Buffer {
  return Buffer.from(bytes.subarray(from, to))
}

/** `piece`: feed so many bytes at a time. */
export function describeSmaps(
  source: UsageSource, bytes: Uint8Array, rows: 'hashed' | 'written', piece = Infinity,
): string {
  const recorder = new RowRecorder()
  const parser = new SmapsParser(source, recorder)
  for (let at = 0; at < bytes.length; at += piece) parser.feed(bytes.subarray(at, Math.min(bytes.length, at + piece)))
  parser.finish()
  const verdict = `${source} malformed=${parser.malformed} offset=${parser.malformedOffset}`
  if (parser.malformed !== Malformed.none) return verdict
  const totals = new Float64Array(FIELD_COUNT)
  parser.totals(totals)
  const mappings = recorder.rows
  const counted = `totals=${Array.from(totals, integer).join()} rows=${mappings.length} rowhash=${hash(mappings)}`
  return `${verdict} ${counted}${rows === 'written' ? mappings.map(writeRow).join('') : ''}`
}

function integer(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString()
}

function writeRow(row: Row): string {
  const words = row.words.map(({ high, low }) => ((BigInt(high) << 32n) | BigInt(low)).toString(16))
  const names = [row.perms.toString('latin1'), row.device.toString('latin1')]
  const texts = [row.path.toString('hex'), row.flags.toString('hex')]
  const figures = Array.from(row.kilobytes, (value, field) => (hasFigure(row, field) ? integer(value) : 'nan'))
  return ` row=${[...words, ...names, ...texts, ...figures].join()}`
}

function hasFigure({ seen }: Row, field: number): boolean {
  return (seen & (1 << field)) !== 0
}

/** The steps of RowHash in smaps_describe.cc. */
function hash(rows: readonly Row[]): string {
  let value = 2166136261
  const word = (bits: number): void => { value = Math.imul(value ^ bits, 16777619) }
  for (const row of rows) {
    for (const { high, low } of row.words) {
      word(low)
      word(high)
    }
    for (const text of [row.perms, row.device, row.path, row.flags]) {
      for (const byte of text) word(byte)
      word(0x100)
    }
    for (let field = 0; field < FIELD_COUNT; field += 1) {
      const figure = row.kilobytes[field] ?? 0
      if (hasFigure(row, field)) {
        word(figure >>> 0)
        word(Math.floor(figure / 2 ** 32))
      } else {
        word(0xffffffff)
      }
    }
  }
  return (value >>> 0).toString(16).padStart(8, '0')
}
