import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { escapeXml, humanBytes, humanShare, toLabel } from '../../src/report/charts/text.ts'
import { isSafeText } from '../../src/report/escape.ts'
import { displayWidth } from '../../src/report/width.ts'

describe('humanBytes', () => {
  const cases: readonly (readonly [bytes: number, text: string])[] = [
    [0, '0 B'], [1, '1 B'], [1023, '1023 B'], [1024, '1.0 kB'], [812 * 1024, '812 kB'], [1024 ** 2 * 1.25, '1.2 MB'],
    [1024 ** 2 * 99.9, '99.9 MB'], [1024 ** 2 * 100, '100 MB'], [1024 ** 2 * 1023.6, '1.0 GB'], [3 * 1024 ** 4, '3.0 TB'],
    [-5 * 1024 ** 2, '-5.0 MB'], [5000 * 1024 ** 6, '5000 EB'],
  ]
  for (const [bytes, text] of cases) it(`writes ${bytes} as ${text}`, () => assert.equal(humanBytes(bytes), text))
})

describe('humanShare', () => {
  it('has one digit after the point', () => {
    assert.deepEqual([0, 0.1234, 1].map(humanShare), ['0.0%', '12.3%', '100.0%'])
  })
})

describe('escapeXml', () => {
  it('makes text of markup and quotes', () => {
    assert.equal(escapeXml('<a href="x">&\'</a>'), '&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;')
  })

  it('shows control characters and reversed text', () => {
    assert.equal(escapeXml('\x1b[31m\n\u202e'), '\\x1b[31m\\n\\u202e')
  })

  it('leaves nothing that XML forbids', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(escapeXml(text), /[^\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[<>"']/u)
    }))
  })
})

describe('toLabel', () => {
  it('leaves what fits', () => {
    assert.equal(toLabel('node', 4), 'node')
  })

  it('marks what it cuts', () => {
    assert.equal(toLabel('redis-server', 6), 'redis…')
    assert.equal(toLabel('redis-server', 8, '...'), 'redis...')
  })

  it('never is wider than it may be, nor unsafe', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
      const label = toLabel(text, columns)
      assert.ok(displayWidth(label) <= columns, label)
      assert.ok(isSafeText(label))
    }))
  })

  it('looks at the beginning of a text of megabytes only', () => {
    assert.equal(toLabel('x'.repeat(5_000_000), 10), 'xxxxxxxxx…')
  })
})
