import assert from 'node:assert/strict'
import { BothParsers } from './native/both_parsers.ts'
import { field, header, pages, record, records } from './native/smaps_text.ts'

describe('the columns that the kernel usually prints', () => {
  const parsers = BothParsers.inSuite()
  /** Rss of mappings that have the given fields each. */
  const rss = async (...fields: string[]) => {
    const { rows } = await parsers.accept(pages(...fields))
    return rows.map(({ figures }) => figures.rss)
  }

  it('may be left by a number of nine digits and taken again', async () => {
    const numbers = [1, 123456789, 99999999, 2]
    assert.deepEqual(await rss(...numbers.map((kilobytes) => field('Rss', kilobytes))), numbers)
  })
  it('may start with a number of nine digits', async () => {
    const numbers = [123456789, 223456789, 3]
    assert.deepEqual(await rss(...numbers.map((kilobytes) => field('Rss', kilobytes))), numbers)
  })
  it('are not mistaken for nine digits that fill the same width', async () => {
    const numbers = [123456789, 123456789, 223456789]
    const lines = numbers.map((kilobytes) => `Rss:           ${kilobytes} kB\n`)
    assert.deepEqual(await rss(...lines, field('Rss', 3)), [...numbers, 3])
  })
  it('hold 16 columns of name in Private_Hugetlb, with eight digits and with nine', async () => {
    const numbers = [4, 12345678, 123456789, 5]
    const text = pages(...numbers.map((kilobytes) => field('Rss', 0) + field('Private_Hugetlb', kilobytes)))
    const { rows } = await parsers.accept(text)
    assert.deepEqual(rows.map(({ figures }) => figures.privateHugetlb), numbers)
  })
  it('may be of another order in every mapping', async () => {
    const [a, b, c] = [field('Rss', 1), field('Pss', 2), field('Swap', 3)]
    const text = pages(a + b + c, c + b + a, b + c + a, a + b + c)
    assert.deepEqual((await parsers.accept(text)).totals, { rss: 4, pss: 8, swap: 12, mappings: 4 })
  })
  it('skip unknown fields of the same width, again and again', async () => {
    const unknown = ['Frobnicated', 'Pss_Frob', 'Abcdefghijklmno', 'Abcdefghijklmnop'].map((name) => field(name, 7))
    const { totals } = await parsers.accept(records(3, field('Rss', 1) + unknown.join('')))
    assert.deepEqual(totals, { rss: 3, mappings: 3 })
  })
  it('tell Pss from Pss_Dirty and from a name that Pss begins', async () => {
    const fields = field('Rss', 4) + field('Pss', 1) + field('Pss_Dirty', 2)
    const alike = field('Ps', 9) + field('PSS', 9) + field('Pss_', 9)
    const { totals } = await parsers.accept(records(2, fields + alike))
    assert.deepEqual(totals, { rss: 8, pss: 2, pssDirty: 4, mappings: 2 })
  })
  it('may be left by a known field with tabs', async () => {
    const [tabs, oneTab] = ['Rss:\t\t\t\t    4 kB\n', 'Rss:           \t       5 kB\n']
    assert.deepEqual(await rss(field('Rss', 1), tabs, oneTab, field('Rss', 2)), [1, 4, 5, 2])
  })
  it('refuse what is no number in a later mapping, too', async () => {
    const first = record('1000-2000') + header('2000-3000')
    const columns = [
      '      4 ', '        ', '4      4', '0x000004', '-0000004', '\0\0\0\0\0\0\x004', '       :', '       /',
    ]
    for (const value of columns) {
      await parsers.refuse(`${first}Rss:            ${value} kB\n`, 'badNumber', first.length)
    }
  })
  it('refuse a figure twice in a later mapping, too', () => {
    const first = record('1000-2000', '', field('Rss', 4) + field('Pss', 4))
    const second = record('2000-3000', '', field('Rss', 4) + field('Pss', 4))
    return parsers.refuse(first + second + field('Pss', 4), 'duplicateField', (first + second).length)
  })
  it('are never expected where no mapping has begun, nor from bytes of zero', async () => {
    const zeros = `${'\0'.repeat(16)}       4 kB\n`
    await parsers.refuse(zeros, 'unknownLine', 0)
    const before = `${record('1000-2000')}THPeligible:    0\n${record('2000-3000')}`
    await parsers.refuse(before + zeros, 'unknownLine', before.length)
    const changed = `${record('1000-2000')}${header('2000-3000')}Rss: 4 kB\n${header('3000-4000')}`
    await parsers.refuse(`${changed}\0ss:                   4 kB\n`, 'unknownLine', changed.length)
  })
  it('serve more fields than are remembered', async () => {
    const vendor = Array.from({ length: 60 }, (_, i) => field(`Vendor_${i}`, i)).join('')
    const fields = field('Rss', 4) + vendor + field('Pss', 3)
    assert.deepEqual((await parsers.accept(records(3, fields))).totals, { rss: 12, pss: 9, mappings: 3 })
  })
})
