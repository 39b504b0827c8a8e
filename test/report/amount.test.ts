import { strict as assert } from 'node:assert'
import { formatAmount, formatPercent, formatSuffix, sumAmounts } from '../../src/report/amount.ts'

describe('formatAmount', () => {
  it('writes kB as they are', () => {
    assert.equal(formatAmount(1280, 'kilobytes', 1), '1280')
    assert.equal(formatAmount(-12, 'kilobytes', 1), '-12')
  })

  it('writes floats with a fraction, as Python does', () => {
    const texts = [42424768, 143.8857421875, 0, 1e15, 1e16, 1.5e22, 0.0001, 0.00001, -0].map((float) => (
      formatAmount({ float }, 'kilobytes', 1)))
    assert.deepEqual(texts, [
      '42424768.0', '143.8857421875', '0.0', '1000000000000000.0', '1e+16', '1.5e+22', '0.0001', '1e-05', '-0.0',
    ])
  })

  it('says so when it is not known', () => {
    assert.equal(formatAmount(undefined, 'suffixes', 1), 'N/A')
  })
})

describe('formatSuffix', () => {
  const cases: readonly (readonly [kB: number, text: string])[] = [
    [0, '0'], [4, '4.0K'], [1023, '1023.0K'], [1024, '1.0M'], [1280, '1.2M'], [2304, '2.2M'], [1792, '1.8M'],
    [1048575, '1024.0M'], [1048576, '1.0G'], [1.25 * 1024 ** 2, '1.2G'], [3 * 1024 ** 3, '3.0T'],
  ]
  for (const [kB, text] of cases) it(`writes ${kB} kB as ${text}`, () => assert.equal(formatSuffix(kB * 1024), text))

  it('goes on beyond terabytes, where smem keeps the T', () => {
    assert.equal(formatSuffix(3 * 1024 ** 5), '3.0P')
    assert.equal(formatSuffix(3 * 1024 ** 6), '3.0E')
    assert.equal(formatSuffix(3000 * 1024 ** 6), '3000.0E')
  })

  it('scales negative amounts, which smem leaves in bytes', () => {
    assert.equal(formatSuffix(-12 * 1024), '-12.0K')
    assert.equal(formatSuffix(-2304 * 1024), '-2.2M')
  })

  it('writes bytes without a suffix', () => {
    assert.equal(formatSuffix(512), '512.0')
  })
})

describe('formatPercent', () => {
  it('rounds ties to even', () => {
    assert.deepEqual([1, 3, 5, 7].map((part) => formatPercent(part, 800)), ['0.12%', '0.38%', '0.62%', '0.88%'])
  })

  it('has no percentage of nothing', () => {
    assert.equal(formatPercent(0, 0), 'N/A')
    assert.equal(formatPercent(7, 0), 'N/A')
  })
})

describe('sumAmounts', () => {
  it('is a float when one amount is', () => {
    assert.equal(sumAmounts([1, 2]), 3)
    assert.deepEqual(sumAmounts([1, { float: 2 }]), { float: 3 })
  })

  it('leaves out what is not known', () => {
    assert.equal(sumAmounts([1, undefined, 2]), 3)
  })

  it('is 0 of nothing', () => {
    assert.equal(sumAmounts([]), 0)
  })
})
