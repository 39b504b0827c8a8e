import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { hasUnicode, renderTerminalBars } from '../../src/report/charts/terminal.ts'
import { isSafeText } from '../../src/report/escape.ts'
import { displayWidth } from '../../src/report/width.ts'
import { HOSTILE_NAMES, MB } from './html/support/snapshots.ts'

const plain = { columns: 60, colour: false, unicode: true }

describe('renderTerminalBars', () => {
  it('draws a line for each row, with amount and percent', () => {
    const lines = renderTerminalBars([{ label: 'node', value: 3 * MB }, { label: 'redis', value: MB }], plain)
    assert.deepEqual(lines, [
      `node  ${'█'.repeat(40)} 3.0 MB  75.0%`,
      `redis ${'█'.repeat(13)}▍${' '.repeat(26)} 1.0 MB  25.0%`,
    ])
  })

  it('draws with ASCII alone where the terminal has no UTF-8', () => {
    const rows = [{ label: '日本', value: 4 * MB }, { label: 'a-very-long-name-of-a-program', value: MB }]
    const lines = renderTerminalBars(rows, { ...plain, unicode: false })
    assert.deepEqual(lines.map((line) => line.replace(/#+/, (bar) => `<${bar.length}>`).replace(/ +/g, ' ')), [
      '?? <25> 4.0 MB 80.0%', 'a-very-long-name-... <6> 1.0 MB 20.0%',
    ])
  })

  it('shows what is small, unknown and negative as it is', () => {
    const rows = [1e12, 1, undefined, -MB].map((value, index) => ({ label: 'abcd'.charAt(index), value }))
    const lines = renderTerminalBars(rows, plain)
    assert.match(lines[1] ?? '', /^b ▏ +1 B +0\.0%$/)
    assert.match(lines[2] ?? '', /^c +N\/A$/)
    assert.match(lines[3] ?? '', /^d +-1\.0 MB$/)
  })

  it('colours bars only, and only if wanted', () => {
    const [line = ''] = renderTerminalBars([{ label: 'a', value: 1 }], { ...plain, colour: true })
    assert.match(line, /^a \x1b\[36m█+\x1b\[39m 1 B {2}100\.0%$/)
  })

  it('never is wider than the terminal, down to 24 columns', () => {
    const row = fc.record({ label: fc.string({ unit: 'grapheme' }), value: fc.option(fc.nat(2 ** 31 - 1), { nil: undefined }) })
    fc.assert(fc.property(fc.array(row), fc.integer({ min: 24, max: 200 }), fc.boolean(), (rows, columns, unicode) => {
      const lines = renderTerminalBars(rows, { columns, colour: false, unicode })
      assert.equal(lines.length, rows.length)
      for (const line of lines) {
        assert.ok(displayWidth(line) <= columns, line)
        assert.ok(isSafeText(line))
        if (!unicode) assert.match(line, /^[\x20-\x7e]*$/)
      }
    }))
  })

  it('leaves no control character of hostile names', () => {
    const lines = renderTerminalBars(HOSTILE_NAMES.map((label) => ({ label, value: MB })), { ...plain, columns: 200 })
    assert.ok(lines.every(isSafeText))
  })

  it('has no line for no row, and no bar where all is nothing', () => {
    assert.deepEqual(renderTerminalBars([], plain), [])
    assert.match(renderTerminalBars([{ label: 'a', value: 0 }], plain)[0] ?? '', /^a +0 B$/)
  })
})

describe('hasUnicode', () => {
  it('follows LC_ALL, LC_CTYPE and LANG in this order', () => {
    assert.equal(hasUnicode({ LANG: 'en_US.UTF-8' }), true)
    assert.equal(hasUnicode({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }), false)
    assert.equal(hasUnicode({ LANG: 'C', LC_CTYPE: 'C.utf8', LC_ALL: '' }), true)
    assert.equal(hasUnicode({}), false)
  })
})
