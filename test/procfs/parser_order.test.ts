import assert from 'node:assert/strict'
import { BothParsers } from './native/both_parsers.ts'
import { header, record } from './native/smaps_text.ts'

describe('mappings that changed while they were read', () => {
  const parsers = BothParsers.inSuite()
  const ranges = async (text: string) => {
    const { rows, totals } = await parsers.accept(text)
    assert.equal(totals.mappings, rows.length)
    assert.equal(totals.rss, rows.reduce((sum, { figures }) => sum + (figures.rss ?? NaN), 0))
    return rows.map(({ range }) => range)
  }

  it('follow one another with or without a gap', async () => {
    const text = record('1000-2000') + record('2000-3000') + record('9000-a000')
    assert.deepEqual(await ranges(text), ['1000-2000', '2000-3000', '9000-a000'])
  })
  it('count once when shown again, grown upwards', async () => {
    const grown = record('3000-4000', '', 'Rss: 8 kB\n') + record('3000-6000', '[heap]', 'Rss: 16 kB\n')
    const text = record('1000-2000') + grown + record('6000-7000')
    assert.deepEqual(await ranges(text), ['1000-2000', '3000-6000', '6000-7000'])
  })
  it('count once when shown again as they were', async () => {
    const text = record('3000-4000') + record('3000-4000', '/x') + record('4000-5000')
    assert.deepEqual(await ranges(text), ['3000-4000', '4000-5000'])
  })
  it('count once when grown downwards into the gap before them', async () => {
    const text = record('1000-2000') + record('3000-4000') + record('2000-5000')
    assert.deepEqual(await ranges(text), ['1000-2000', '2000-5000'])
  })
  it('count once when they grow again and again', async () => {
    const growing = ['4000', '5000', '6000', '7000'].map((end) => record(`3000-${end}`))
    assert.deepEqual(await ranges(record('1000-2000') + growing.join('')), ['1000-2000', '3000-7000'])
  })
  it('count once when the only one grows', async () => {
    assert.deepEqual(await ranges(record('3000-4000') + record('3000-5000')), ['3000-5000'])
  })
  it('keep what the grown one shows, not what it showed before', async () => {
    const text = `${record('3000-4000', '/old')}VmFlags: rd\n${record('3000-5000', '/new')}VmFlags: wr\n`
    const { rows } = await parsers.accept(text)
    assert.deepEqual(rows.map(({ path, flags }) => [path, flags]), [['/new', ' wr']])
  })
  it('may be empty', async () => {
    const text = record('1000-1000') + record('1000-2000') + record('2000-2000')
    assert.deepEqual(await ranges(text), ['1000-1000', '1000-2000', '2000-2000'])
  })
  it('compare by all 64 bits of their addresses', async () => {
    const text = record('7fff00000000-7fff00001000') + record('ffffffffff600000-ffffffffff601000', '[vsyscall]')
    assert.deepEqual(await ranges(text), ['7fff00000000-7fff00001000', 'ffffffffff600000-ffffffffff601000'])
  })

  const torn: Record<string, readonly [string, string, string?]> = {
    'a mapping that overlaps the one before from above': ['1000-3000', '2000-4000'],
    'a mapping that overlaps the one before from below': ['2000-4000', '1000-3000'],
    'a mapping within the one before': ['1000-4000', '2000-3000'],
    'a mapping that shrank from above': ['1000-4000', '1000-3000'],
    'a mapping that shrank from below': ['1000-4000', '2000-4000'],
    'a mapping below the one before': ['3000-4000', '1000-2000'],
    'a mapping that grew over the one before it': ['1000-3000', '3000-4000', '2000-5000'],
    'a mapping that covers two': ['1000-2000', '2000-3000', '1000-4000'],
    'addresses that differ in their upper half alone': ['200000000-200001000', '100000000-100001000'],
  }
  for (const [what, shown] of Object.entries(torn)) {
    it(`refuse ${what}`, () => {
      const text = shown.map((range) => record(range ?? ''))
      return parsers.refuse(text.join(''), 'outOfOrder', text.slice(0, -1).join('').length)
    })
  }
  it('refuse growth over a mapping that had grown itself', () => {
    const text = record('1000-2000') + record('3000-4000') + record('2000-5000')
    return parsers.refuse(text + record('1000-6000'), 'outOfOrder', text.length)
  })
  it('are refused for their fields before their order', () => {
    const first = record('1000-3000') + header('3000-4000')
    return parsers.refuse(first + record('2000-4000'), 'fieldsDiffer', record('1000-3000').length)
  })
})
