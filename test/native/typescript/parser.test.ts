import assert from 'node:assert/strict'

import fc from 'fast-check'

import { FIELD_COUNT, FIELD_INDEX } from '../../../src/native/field_table.ts'
import type { FieldName } from '../../../src/native/field_table.ts'
import { MALFORMED_REASONS, Malformed } from '../../../src/native/malformed.ts'
import { LINE_HEAD, SmapsParser, parseSmaps } from '../../../src/native/typescript/parser.ts'
import { figureLine, headerLine, mappingText, toBytes } from './smaps_text.ts'

const KILOBYTE = 1024

describe('the TypeScript parser', () => {
  it('adds the figures of all mappings, in bytes', () => {
    const text = mappingText({ figures: { Rss: 4, Pss: 2 } }) +
      mappingText({ start: 0x402000, end: 0x403000, figures: { Rss: 8, Pss: 3 } })
    const totals = accept(text)
    assert.equal(totals('rss'), 12 * KILOBYTE)
    assert.equal(totals('pss'), 5 * KILOBYTE)
    assert.equal(totals('mappings'), 2)
  })

  it('makes USS of the two private figures, and of nothing less', () => {
    assert.equal(accept(mappingText({ figures: { Rss: 4, Private_Clean: 1, Private_Dirty: 2 } }))('uss'), 3 * KILOBYTE)
    assert.ok(Number.isNaN(accept(mappingText({ figures: { Rss: 4, Private_Clean: 1 } }))('uss')))
  })

  it('says NaN for a figure that the stream does not have', () => {
    const totals = accept(mappingText())
    assert.ok(Number.isNaN(totals('swapPss')))
    assert.ok(Number.isNaN(totals('pss')))
  })

  it('counts no mappings in a rollup', () => {
    assert.ok(Number.isNaN(accept(mappingText({ path: '[rollup]' }), 'rollup')('mappings')))
  })

  it('skips fields that it does not know, whatever their value', () => {
    const text = headerLine() + figureLine('Rss', 4) + 'THPeligible:           0\nNew_Field:\nName: x kB 4\n'
    assert.equal(accept(text)('rss'), 4 * KILOBYTE)
  })

  it('does not care about the order of the fields, nor the width of the figures', () => {
    const text = headerLine() + 'Pss: 1 kB\nRss:\t\t2 kB\n' +
      headerLine({ start: 0x402000, end: 0x403000 }) + figureLine('Rss', 123456789) + 'Pss:4 kB\n'
    assert.equal(accept(text)('rss'), 123456791 * KILOBYTE)
    assert.equal(accept(text)('pss'), 5 * KILOBYTE)
  })

  it('takes any path for a path, even one that looks like a field or a mapping', () => {
    for (const path of ['Rss:    4 kB', '7f00-8f00 r--p 00000000 00:00 0', '\x1b[0m\xff\r', ' (deleted)']) {
      assert.equal(accept(mappingText({ path }))('rss'), 4 * KILOBYTE)
    }
  })

  it('compares addresses of 64 bits exactly', () => {
    const end = 0xffffffffff601001n
    const text = mappingText({ start: 0xffffffffff600000n, end }) + mappingText({ start: end - 1n, end: end + 1n })
    refuse(text, Malformed.outOfOrder, mappingText({ start: 0xffffffffff600000n, end }).length)
  })

  it('forgets a mapping that is shown again, grown', () => {
    const before = mappingText({ start: 0x1000, end: 0x2000 })
    const shown = mappingText({ start: 0x5000, end: 0x6000, figures: { Rss: 8 } })
    for (const [start, end] of [[0x4000, 0x6000], [0x5000, 0x7000], [0x2000, 0x6000]] as const) {
      const totals = accept(before + shown + mappingText({ start, end, figures: { Rss: 12 } }))
      assert.equal(totals('rss'), 16 * KILOBYTE)
      assert.equal(totals('mappings'), 2)
    }
  })

  it('refuses a mapping that overlaps others in any other way', () => {
    const text = mappingText({ start: 0x1000, end: 0x3000 }) + mappingText({ start: 0x5000, end: 0x7000 })
    for (const [start, end] of [[0x6000, 0x9000], [0x4000, 0x6000], [0x2000, 0x9000], [0x4000, 0x4800]] as const) {
      refuse(text + mappingText({ start, end }), Malformed.outOfOrder, text.length)
    }
  })

  it('refuses a stream whose last line has no end', () => {
    const text = mappingText()
    refuse(`${text}Pss:   4 kB`, Malformed.truncated, text.length)
    refuse(`${text}${'x'.repeat(LINE_HEAD)}`, Malformed.truncated, text.length)
  })

  it('refuses a line that is neither a mapping nor a field', () => {
    const text = mappingText()
    for (const line of ['', ' Rss:  4 kB', 'Rss 4 kB', 'R s: 4 kB', '\0'.repeat(16) + '       4 kB', 'gap']) {
      refuse(`${text}${line}\n`, Malformed.unknownLine, text.length)
    }
  })

  it('is not misled by NUL bytes in the columns of a figure', () => {
    const text = headerLine() + 'x\n'
    refuse(text, Malformed.unknownLine, headerLine().length)
    refuse(`${'\0'.repeat(16)}       4 kB\n${mappingText()}`, Malformed.unknownLine, 0)
  })

  it('refuses a header that is not in the kernel\'s form', () => {
    const wrong = ['400000', '400000-401000 r--q 0 08:01 1', '2000-1000 r--p 0 08:01 1', '1-2 r--p 0 08:01 1/path']
    for (const line of wrong) refuse(`${line}\n`, Malformed.badHeader, 0)
  })

  it('refuses a known figure that is no number of kB', () => {
    for (const value of ['', ' kB', ' 4', ' 4  kB', ' 4 MB', ' -4 kB', ' 4.5 kB', ' 0x4 kB', ' 4 kB ', '4kB']) {
      refuse(`${headerLine()}Rss:${value}\n`, Malformed.badNumber, headerLine().length)
    }
  })

  it('refuses a figure of more than 2^53 - 1 kB, however long', () => {
    assert.equal(accept(headerLine() + 'Rss: 9007199254740991 kB\n')('rss'), 9007199254740991 * KILOBYTE)
    for (const value of ['9007199254740992', '18446744073709551616', '9'.repeat(400)]) {
      refuse(`${headerLine()}Rss: ${value} kB\n`, Malformed.numberTooLarge, headerLine().length)
    }
  })

  it('refuses a sum of more than 2^53 - 1 kB, at the mapping that made it so', () => {
    const text = mappingText({ figures: { Rss: '9007199254740991' } })
    const oneMore = mappingText({ start: 0x402000, end: 0x403000, figures: { Rss: 1 } })
    refuse(text + oneMore, Malformed.numberTooLarge, text.length)
    const halves = { Rss: 1, Private_Clean: '4503599627370496', Private_Dirty: '4503599627370496' }
    refuse(mappingText({ figures: halves }), Malformed.numberTooLarge, 0)
  })

  it('refuses the same figure twice in one mapping, in either of its ways to read a line', () => {
    refuse(`${mappingText()}Rss: 4 kB\n`, Malformed.duplicateField, mappingText().length)
    const first = mappingText({ figures: { Rss: 4, Pss: 4 } })
    const second = headerLine({ start: 0x402000, end: 0x403000 }) + 'Pss: 4 kB\n'
    refuse(first + second + figureLine('Pss', 4), Malformed.duplicateField, first.length + second.length)
  })

  it('refuses a figure before the first mapping', () => {
    refuse(figureLine('Rss', 4) + mappingText(), Malformed.orphanField, 0)
    refuse('New_Field: 1\n', Malformed.orphanField, 0)
  })

  it('refuses mappings that have different figures, and one without Rss', () => {
    const text = mappingText({ figures: { Rss: 4, Pss: 4 } })
    const other = { start: 0x402000, end: 0x403000 }
    refuse(text + mappingText(other), Malformed.fieldsDiffer, text.length)
    refuse(text + mappingText({ ...other, figures: { Rss: 4, Pss: 4, Swap: 0 } }), Malformed.fieldsDiffer, text.length)
    refuse(mappingText({ figures: { Pss: 4 } }), Malformed.fieldsDiffer, 0)
  })

  it('refuses a second record in a rollup', () => {
    const text = mappingText()
    refuse(text + mappingText({ start: 0x402000, end: 0x403000 }), Malformed.secondRecord, text.length, 'rollup')
  })

  it('classifies a long line by its first 512 bytes', () => {
    const head = headerLine().trimEnd()
    const figures = figureLine('Rss', 4)
    assert.equal(accept(`${head} /${'x'.repeat(5000)}\n${figures}`)('rss'), 4 * KILOBYTE)
    const spaces = ' '.repeat(LINE_HEAD - head.length - 1)
    assert.equal(accept(`${head}${spaces}/${'x'.repeat(9)}\n${figures}`)('rss'), 4 * KILOBYTE)
    refuse(`${head}${spaces} /\n${figures}`, Malformed.badHeader, 0)
    assert.equal(accept(`${mappingText()}New: ${'x'.repeat(5000)}\n`)('rss'), 4 * KILOBYTE)
    refuse(`${mappingText()}Pss:${' '.repeat(LINE_HEAD)}4 kB\n`, Malformed.badNumber, mappingText().length)
    refuse(`${mappingText()}VmFlags:${' '.repeat(LINE_HEAD)}\n`, Malformed.badNumber, mappingText().length)
    refuse(`${mappingText()}N${'x'.repeat(LINE_HEAD)}:\n`, Malformed.unknownLine, mappingText().length)
  })

  it('knows an empty stream, and the half of the kernel', () => {
    const parser = new SmapsParser('smaps')
    assert.ok(parser.empty)
    assert.ok(parser.feed(new Uint8Array(0)) && parser.finish() && parser.empty)
    assert.equal(parser.endsInKernelHalf, false)
    parser.feed(toBytes(mappingText({ start: 0xffffffffff600000n, end: 0xffffffffff601000n, path: '[vsyscall]' })))
    assert.equal(parser.endsInKernelHalf, true)
    assert.equal(parser.empty, false)
  })

  it('gives the same result however the stream is cut into pieces', () => {
    const stream = fc.array(line(), { maxLength: 40 }).map((lines) => lines.join(''))
    const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 })
    fc.assert(fc.property(stream, cuts, fc.constantFrom('rollup', 'smaps'), (text, sizes, source) => {
      const bytes = toBytes(text)
      const whole = parseSmaps(bytes, source)
      const parser = new SmapsParser(source)
      let at = 0
      for (let i = 0; at < bytes.length; i += 1) {
        const size = sizes[i % sizes.length] ?? 1
        if (!parser.feed(bytes.slice(at, at + size))) break
        at += size
      }
      parser.finish()
      assert.deepEqual([parser.malformed, parser.malformedOffset], [whole.malformed, whole.offset])
      const totals = new Float64Array(FIELD_COUNT)
      parser.totals(totals)
      if (whole.malformed === Malformed.none) assert.deepEqual(totals, whole.totals)
    }), { numRuns: 500 })
  })
})

/** Any figure of an accepted stream. */
function accept(text: string, source: 'rollup' | 'smaps' = 'smaps'): (field: FieldName) => number {
  const { totals, malformed } = parseSmaps(toBytes(text), source)
  assert.equal(MALFORMED_REASONS[malformed], 'none')
  return (field) => totals[FIELD_INDEX[field]] ?? NaN
}

function refuse(text: string, why: number, offset: number, source: 'rollup' | 'smaps' = 'smaps'): void {
  const result = parseSmaps(toBytes(text), source)
  assert.equal(MALFORMED_REASONS[result.malformed], MALFORMED_REASONS[why], text)
  assert.equal(result.offset, offset)
}

/** Mostly what a kernel shows, in ascending order or not, and now and then something else. */
function line(): fc.Arbitrary<string> {
  const start = fc.integer({ min: 1, max: 8 }).map((page) => page * 0x100000)
  const longPath = fc.integer({ min: 400, max: 1200 }).map((size) => '/'.repeat(size))
  const path = fc.oneof(fc.constantFrom('', '[heap]', '/lib/x'), longPath)
  const name = fc.constantFrom('Rss', 'Pss', 'KernelPageSize', 'Swap')
  const kilobytes = fc.oneof(fc.integer({ min: 0, max: 99999999 }), fc.constant('9007199254740991'))
  const other = fc.constantFrom('VmFlags: rd wr \n', 'THPeligible:    0\n', 'Rss: 4', '\n', 'Xyz\n', '1-\n')
  const mapping = fc.tuple(start, path).map(([at, text]) => mappingText({ start: at, end: at + 0x1000, path: text }))
  const figure = fc.tuple(name, kilobytes).map(([field, value]) => figureLine(field, value))
  return fc.oneof(
    { weight: 4, arbitrary: mapping }, { weight: 4, arbitrary: figure }, { weight: 1, arbitrary: other },
  )
}
