import assert from 'node:assert/strict'
import { BothParsers } from './native/both_parsers.ts'
import { field, header, pages, record, records } from './native/smaps_text.ts'

const LARGEST = 9007199254740991n // 2^53 - 1

describe('the figures of smaps', () => {
  const parsers = BothParsers.inSuite()
  const total = async (text: string) => (await parsers.accept(text)).totals

  it('are summed over the mappings', async () => {
    const text = pages(field('Rss', 4) + field('Pss', 1), field('Rss', 8) + field('Pss', 2))
    assert.deepEqual(await total(text), { rss: 12, pss: 3, mappings: 2 })
  })
  it('have USS when both kinds of private pages are known', async () => {
    const text = records(2, field('Rss', 12) + field('Private_Clean', 4) + field('Private_Dirty', 8))
    assert.deepEqual(await total(text), { uss: 24, rss: 24, privateClean: 8, privateDirty: 16, mappings: 2 })
  })
  it('have no USS when one kind of private pages is unknown', async () => {
    const text = pages(field('Rss', 12) + field('Private_Dirty', 8))
    assert.deepEqual(await total(text), { rss: 12, privateDirty: 8, mappings: 1 })
  })
  it('leave the count of mappings to smaps', async () => {
    assert.deepEqual((await parsers.accept(record('1000-2000'), 'rollup')).totals, { rss: 4 })
  })
  it('are all unknown when there is no text', async () => {
    assert.deepEqual(await parsers.accept(''), { totals: { mappings: 0 }, rows: [] })
    assert.deepEqual(await parsers.accept('', 'rollup'), { totals: {}, rows: [] })
  })

  for (const text of [
    '0', '00000000', '0000000000000000000000000000000004', '4', '99999999', '100000000', '999999999', '4294967296',
    '9007199254740991',
  ]) {
    it(`may be ${text}, in the first mapping and in a later one`, async () => {
      const kilobytes = Number(text)
      assert.deepEqual(await total(header('1000-2000') + field('Rss', text)), { rss: kilobytes, mappings: 1 })
      assert.deepEqual(await total(pages(field('Rss', 0), field('Rss', text))), { rss: kilobytes, mappings: 2 })
    })
  }
  for (const text of [
    '9007199254740992', '9007199254740993', '18446744073709551615', '18446744073709551616', '18446744073709551620',
    '9'.repeat(400),
  ]) {
    it(`may not be ${text.slice(0, 24)}`, () =>
      parsers.refuse(header('1000-2000') + field('Rss', text), 'numberTooLarge', header('1000-2000').length))
  }
  it('may add up to 2^53 - 1', async () => {
    const text = pages(field('Rss', LARGEST - 1n), field('Rss', 1))
    assert.deepEqual(await total(text), { rss: Number(LARGEST), mappings: 2 })
  })
  it('may not add up to 2^53: the mapping that does it is at fault', () => {
    const first = pages(field('Rss', LARGEST))
    return parsers.refuse(first + record('2000-3000', '', field('Rss', 1)), 'numberTooLarge', first.length)
  })
  it('may not make a USS of 2^53', () => {
    const fields = field('Rss', 4) + field('Private_Clean', LARGEST) + field('Private_Dirty', 1)
    return parsers.refuse(pages(fields), 'numberTooLarge', 0)
  })

  it('may stand behind tabs, behind spaces and behind nothing', async () => {
    const text = `${header('1000-2000')}Rss:\t\t4 kB\nPss: \t \t3 kB\nSwap:2 kB\nLocked:${' '.repeat(300)}1 kB\n`
    assert.deepEqual(await total(text), { rss: 4, pss: 3, swap: 2, locked: 1, mappings: 1 })
  })
})
