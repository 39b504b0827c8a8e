import assert from 'node:assert/strict'

import { MappingColumn } from '../../../src/native/backend.ts'
import type { MappingTable } from '../../../src/native/backend.ts'
import { FIELD_COUNT, FIELD_INDEX } from '../../../src/native/field_table.ts'
import { Malformed } from '../../../src/native/malformed.ts'
import { MappingTableBuilder } from '../../../src/native/typescript/mapping_table.ts'
import { SmapsParser, parseSmaps } from '../../../src/native/typescript/parser.ts'
import { mappingText, toBytes } from './smaps_text.ts'

const ROW = FIELD_COUNT + MappingColumn.length

describe('the table of mappings, in TypeScript', () => {
  it('has the words, the figures and the text of each mapping', () => {
    const table = build(
      mappingText({ start: 0x400000, end: 0x401000, path: '/bin/x', figures: { Rss: 4, Pss: 1 }, flags: ' rd ex ' }) +
      mappingText({ start: 0xffffffffff600000n, end: 0xffffffffff601000n, figures: { Rss: 8, Pss: 0 }, flags: ' ??' }),
    )
    assert.equal(table.count, 2)
    assert.deepEqual([...table.words], [
      0x400000n, 0x401000n, 0x2000n, 4711n, 0xffffffffff600000n, 0xffffffffff601000n, 0x2000n, 4711n,
    ])
    assert.equal(table.numbers.length, 2 * ROW)
    assert.deepEqual(texts(table, 0), { perms: 'r-xp', device: '08:01', path: '/bin/x', flags: ' rd ex ' })
    assert.deepEqual(texts(table, 1), { perms: 'r-xp', device: '08:01', path: '', flags: ' ??' })
    assert.equal(table.numbers[FIELD_INDEX.rss], 4096)
    assert.equal(table.numbers[ROW + FIELD_INDEX.rss], 8192)
    assert.equal(table.numbers[ROW + FIELD_INDEX.pss], 0)
  })

  it('says NaN for the figures that a mapping does not have, and for the count of mappings', () => {
    const table = build(mappingText())
    assert.ok(Number.isNaN(table.numbers[FIELD_INDEX.pss]))
    assert.ok(Number.isNaN(table.numbers[FIELD_INDEX.uss]))
    assert.ok(Number.isNaN(table.numbers[FIELD_INDEX.mappings]))
  })

  it('keeps a path of any length, in whatever pieces it came', () => {
    const path = `/${'long path\xff'.repeat(400)}`
    const bytes = toBytes(mappingText({ path, flags: ' rd' }))
    for (const size of [1, 511, 512, 513, 3072, bytes.length]) {
      const builder = new MappingTableBuilder()
      const parser = new SmapsParser('smaps', builder)
      for (let at = 0; at < bytes.length; at += size) parser.feed(bytes.slice(at, at + size))
      assert.ok(parser.finish())
      assert.deepEqual(texts(builder.table(), 0), { perms: 'r-xp', device: '08:01', path, flags: ' rd' })
    }
  })

  it('replaces a mapping that was shown again, grown', () => {
    const table = build(
      mappingText({ start: 0x1000, end: 0x2000, path: '/a', flags: ' rd' }) +
      mappingText({ start: 0x5000, end: 0x6000, path: '/short', flags: ' rd wr' }) +
      mappingText({ start: 0x5000, end: 0x8000, path: '/grown', figures: { Rss: 12 }, flags: ' wr' }) +
      mappingText({ start: 0x9000, end: 0xa000, path: '/z' }),
    )
    assert.equal(table.count, 3)
    assert.deepEqual([...table.words].filter((_, i) => i % 4 === 1), [0x2000n, 0x8000n, 0xa000n])
    assert.deepEqual([0, 1, 2].map((row) => texts(table, row).path), ['/a', '/grown', '/z'])
    assert.equal(table.numbers[ROW + FIELD_INDEX.rss], 12 * 1024)
  })

  it('takes the last of several lines of flags', () => {
    const table = build(`${mappingText({ path: '/x', flags: ' rd wr' })}VmFlags: ex\n`)
    assert.deepEqual(texts(table, 0), { perms: 'r-xp', device: '08:01', path: '/x', flags: ' ex' })
  })

  it('hands on flags that look like a figure, of every mapping', () => {
    const flags = '               4 kB'
    const table = build([1, 2, 3].map((page) => (
      mappingText({ start: page * 0x1000, end: page * 0x1000 + 0x1000, flags: flags.slice(-19) })
    )).join(''))
    assert.deepEqual([0, 1, 2].map((row) => texts(table, row).flags), [flags, flags, flags])
  })

  it('starts anew with the stream', () => {
    const builder = new MappingTableBuilder()
    parseSmaps(toBytes(mappingText({ path: '/first' })), 'smaps', builder)
    builder.onRestart()
    parseSmaps(toBytes(mappingText({ path: '/second' })), 'smaps', builder)
    const table = builder.table()
    assert.equal(table.count, 1)
    assert.equal(texts(table, 0).path, '/second')
    assert.equal(table.words.length, 4)
  })

  it('holds as many mappings as there are', () => {
    const many = Array.from({ length: 3000 }, (_, i) => (
      mappingText({ start: (i + 1) * 0x10000, end: (i + 1) * 0x10000 + 0x1000, path: `/map/${i}` })
    ))
    const table = build(many.join(''))
    assert.equal(table.count, 3000)
    for (const row of [0, 1, 255, 256, 2999]) {
      assert.equal(texts(table, row).path, `/map/${row}`)
      assert.equal(table.words[row * 4], BigInt((row + 1) * 0x10000))
    }
  })
})

function build(text: string): MappingTable {
  const builder = new MappingTableBuilder()
  assert.equal(parseSmaps(toBytes(text), 'smaps', builder).malformed, Malformed.none)
  return builder.table()
}

function texts(table: MappingTable, row: number) {
  const column = (at: number): number => table.numbers[row * ROW + FIELD_COUNT + at] ?? NaN
  let at = column(MappingColumn.textAt)
  const take = (size: number): string => {
    const piece = Buffer.from(table.text.subarray(at, at + size)).toString('latin1')
    at += size
    return piece
  }
  const perms = take(4)
  const device = take(column(MappingColumn.deviceSize))
  const path = take(column(MappingColumn.pathSize))
  return { perms, device, path, flags: take(column(MappingColumn.flagsSize)) }
}
