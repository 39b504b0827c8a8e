import assert from 'node:assert/strict'
import { sparkline } from '../../src/report/top/sparkline.ts'
import { paintLine } from '../../src/report/top/styled.ts'
import { cutToWidth, displayWidth, fitToWidth } from '../../src/report/width.ts'

const E_ACUTE = 'e\u0301'
const FAMILY = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'

describe('the width of a text', () => {
  it('is two columns for wide characters and none for combining marks', () => {
    assert.deepEqual(['abc', '漢字', E_ACUTE, FAMILY, ''].map(displayWidth), [3, 4, 1, 2, 0])
  })

  it('is never exceeded by what is cut', () => {
    assert.equal(cutToWidth('abcdef', 3), 'abc')
    assert.equal(cutToWidth('漢字', 3), '漢')
    assert.equal(cutToWidth('漢字', 1), '')
    assert.equal(cutToWidth('abc', 0), '')
  })

  it('is cut between characters as a reader sees them', () => {
    assert.equal(cutToWidth(`${E_ACUTE}x`, 1), E_ACUTE)
    assert.equal(cutToWidth(`a${FAMILY}b`, 3), `a${FAMILY}`)
    assert.equal(cutToWidth(`a${FAMILY}b`, 2), 'a')
  })

  it('is filled up exactly', () => {
    assert.equal(fitToWidth('漢字', 5), '漢字 ')
    assert.equal(fitToWidth('漢字', 5, 'right'), ' 漢字')
    assert.equal(fitToWidth('漢字', 3), '漢 ')
  })

  it('is found in no time for megabytes of combining marks', () => {
    const started = process.cpuUsage().user
    cutToWidth(`a${'\u0301'.repeat(5_000_000)}`, 80)
    assert.ok(process.cpuUsage().user - started < 1_000_000)
  })
})

describe('a painted line', () => {
  it('is cut to its width, in the middle of a piece too', () => {
    assert.equal(paintLine([{ text: 'abc' }, { text: '漢字' }, { text: 'x' }], 6, false), 'abc漢')
  })

  it('has colours only when they are wanted', () => {
    const spans = [{ text: 'a' }, { text: 'b', style: 'bold' as const }]
    assert.equal(paintLine(spans, 80, true), 'a\x1b[1mb\x1b[0m')
    assert.equal(paintLine(spans, 80, false), 'ab')
  })

  it('is whole without a limit', () => {
    assert.equal(paintLine([{ text: 'a'.repeat(500) }, { text: 'b', width: 1 }], Infinity, false), `${'a'.repeat(500)}b`)
  })
})

describe('a sparkline', () => {
  it('goes from the smallest to the largest figure', () => {
    assert.equal(sparkline([0, 50, 100], 3), '▁▅█')
    assert.equal(sparkline([0, 50, 100], 3, true), '_+#')
  })

  it('is flat for figures that hardly differ', () => {
    assert.equal(sparkline([1000, 1001, 1000], 3), '▁▁▁')
    assert.equal(sparkline([0, 0], 2), '▁▁')
  })

  it('shows the latest figures, and gaps where they are not known', () => {
    assert.equal(sparkline([9, 0, undefined, 100], 3), '▁ █')
    assert.equal(sparkline([], 3), '   ')
    assert.equal(sparkline([5], 3), '  ▁')
  })
})
