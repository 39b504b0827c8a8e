import assert from 'node:assert/strict'
import { BothParsers } from './native/both_parsers.ts'
import { field, header, record } from './native/smaps_text.ts'

const FIRST = record('1000-2000')

describe('smaps text that cannot be trusted is refused', () => {
  const parsers = BothParsers.inSuite()

  const unended: Record<string, string> = {
    'a field': field('Pss', 4).slice(0, -1),
    'a header': header('2000-3000').slice(0, -1),
    '512 bytes': 'X:'.padEnd(512),
    '513 bytes': 'X:'.padEnd(513),
  }
  for (const [what, text] of Object.entries(unended)) {
    it(`refuses ${what} without an end of line`, () => parsers.refuse(FIRST + text, 'truncated', FIRST.length))
  }

  for (const line of [
    '', ' ', '\t', 'rss: 4 kB', '-', ' Rss: 4 kB', '\xff', '\0', '/lib/x.so', '[heap]', 'Rss'.repeat(200),
  ]) {
    it(`refuses ${show(line)} as neither a mapping nor a field`, () =>
      parsers.refuse(`${FIRST}${line}\n`, 'unknownLine', FIRST.length))
  }
  for (const line of [
    'R', 'Rss', 'Rss 4 kB', 'Rss : 4 kB', 'Rss-Max: 4 kB', 'R\xe9s: 4 kB', `${'A'.repeat(512)}: 4 kB`,
  ]) {
    it(`refuses a field without its colon: ${show(line)}`, () =>
      parsers.refuse(`${FIRST}${line}\n`, 'unknownLine', FIRST.length))
  }

  for (const line of [
    '2000', '2000-', '2000-3000', 'deadbeef', 'abc: 4 kB',
    '2000 3000 r--p 0 08:01 7', '2000-3000  r--p 0 08:01 7', '2000-3000\tr--p 0 08:01 7', '2000-300G r--p 0 08:01 7',
    '2000-00000000000003000 r--p 0 08:01 7', '3000-2000 r--p 0 08:01 7', '3000 r--p 0 08:01 7',
    '2000-3000 r--q 0 08:01 7', '2000-3000 rw 0 08:01 7', '2000-3000 -r-p 0 08:01 7', '2000-3000 RW-P 0 08:01 7',
    '2000-3000 r--p 0 08:01', '2000-3000 r--p 0 08:01 ', '2000-3000 r--p 0 0801 7', '2000-3000 r--p 0 :01 7',
    '2000-3000 r--p 0 08: 7', '2000-3000 r--p -1 08:01 7', '2000-3000 r--p 0 08:01 a7', '2000-3000 r--p 0 08:01 -1',
    '2000-3000 r--p 0 08:01 18446744073709551616', '2000-3000 r--p 0 08:01 7/x', '2000-3000 r--p 0 08:01 7\t/x',
  ]) {
    it(`refuses the header ${show(line)}`, () => parsers.refuse(`${FIRST}${line}\n`, 'badHeader', FIRST.length))
  }
  it('takes the largest numbers that a header may have', async () => {
    const line = '0-ffffffffffffffff rwxs ffffffffffffffff ffffffff:fffff 18446744073709551615 /x'
    const { rows } = await parsers.accept(`${line}\nRss: 4 kB\n`)
    assert.deepEqual(rows.map(({ range, offset, inode }) => [range, offset, inode]), [
      ['0-ffffffffffffffff', 'ffffffffffffffff', 18446744073709551615n],
    ])
  })
  it('refuses a header whose path does not start within 512 bytes', () =>
    parsers.refuse(`${'2000-3000 r--p 0 08:01 7'.padEnd(512)}/x\nRss: 4 kB\n`, 'badHeader', 0))
  it('takes a header whose path starts with its 512th byte', async () => {
    const { rows } = await parsers.accept(`${'2000-3000 r--p 0 08:01 7'.padEnd(511)}/x\nRss: 4 kB\n`)
    assert.deepEqual(rows.map(({ path }) => path), ['/x'])
  })
  it('takes a header that ends in spaces up to its 512th byte', async () => {
    const { rows } = await parsers.accept(`${'2000-3000 r--p 0 08:01 7'.padEnd(512)}\nRss: 4 kB\n`)
    assert.deepEqual(rows.map(({ path }) => path), [''])
  })

  for (const value of [
    '', ' ', '4', '4kB', '4 KB', '4 kb', '4 B', '4 MB', '4 kB ', '4 kB\r', '4  kB', '4\tkB', '-4 kB', '+4 kB', '4.5 kB',
    '0x4 kB', '4 4 kB', ' kB', '\v4 kB',
  ]) {
    it(`refuses Rss with the value ${show(value)}`, () => {
      const before = FIRST + header('2000-3000')
      return parsers.refuse(`${before}Rss: ${value}\n`, 'badNumber', before.length)
    })
  }
  it('refuses a known figure longer than 512 bytes', () =>
    parsers.refuse(`${header('1000-2000')}Rss:${' '.repeat(600)}4 kB\n`, 'badNumber', header('1000-2000').length))
  it('refuses VmFlags longer than 512 bytes', () =>
    parsers.refuse(`${FIRST}VmFlags:${' rd'.repeat(200)}\n`, 'badNumber', FIRST.length))

  it('refuses a field before the first mapping', () => parsers.refuse(field('Rss', 4) + FIRST, 'orphanField', 0))
  it('refuses an unknown field before the first mapping', () => parsers.refuse(`Name: x\n${FIRST}`, 'orphanField', 0))
  it('refuses a figure that a mapping has twice', () =>
    parsers.refuse(FIRST + field('Rss', 4), 'duplicateField', FIRST.length))
  it('refuses a mapping without Rss', () =>
    parsers.refuse(header('1000-2000') + field('Pss', 4), 'fieldsDiffer', 0))
  it('refuses a mapping without any field', () => parsers.refuse(header('1000-2000'), 'fieldsDiffer', 0))
  it('refuses a later mapping without any field', () =>
    parsers.refuse(FIRST + header('2000-3000') + record('3000-4000'), 'fieldsDiffer', FIRST.length))
  it('refuses a mapping that lacks a figure of the first', () => {
    const both = field('Rss', 4) + field('Swap', 0)
    const first = record('1000-2000', '', both)
    return parsers.refuse(first + record('2000-3000'), 'fieldsDiffer', first.length)
  })
  it('refuses a mapping that has a figure more than the first', () =>
    parsers.refuse(FIRST + record('2000-3000', '', field('Rss', 4) + field('Swap', 0)), 'fieldsDiffer', FIRST.length))

  it('refuses a rollup with two mappings', () =>
    parsers.refuse(FIRST + record('2000-3000'), 'secondRecord', FIRST.length, 'rollup'))
  it('refuses the first thing that is wrong, not the last', () =>
    parsers.refuse(`${FIRST}\n${field('Rss', 'x')}`, 'unknownLine', FIRST.length))
})

function show(text: string): string {
  if (text.length <= 60) return JSON.stringify(text)
  return `${JSON.stringify(text.slice(0, 12))} and so on, ${text.length} bytes`
}
