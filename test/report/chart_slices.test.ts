import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { mergeSlices, sumOf } from '../../src/report/charts/slices.ts'

const slices = (...values: number[]): { label: string, value: number }[] => (
  values.map((value, index) => ({ label: `p${index}`, value })))

describe('mergeSlices', () => {
  it('sorts from the largest to the smallest', () => {
    assert.deepEqual(mergeSlices(slices(10, 30, 20)).map(({ label }) => label), ['p1', 'p2', 'p0'])
  })

  it('merges what is below the smallest share', () => {
    const merged = mergeSlices(slices(500, 497, 1, 1, 1), { minShare: 0.01 })
    assert.deepEqual(merged.map(({ label, value }) => [label, value]), [['p0', 500], ['p1', 497], ['other (3)', 3]])
    assert.equal(merged[2]?.merged, 3)
  })

  it('merges what is beyond the largest number', () => {
    const merged = mergeSlices(slices(5, 4, 3, 2), { maxSlices: 3, minShare: 0 })
    assert.deepEqual(merged.map(({ label, value }) => [label, value]), [['p0', 5], ['p1', 4], ['other (2)', 5]])
  })

  it('leaves the name to a small slice that is alone', () => {
    assert.deepEqual(mergeSlices(slices(1000, 1), { minShare: 0.01 }).map(({ label }) => label), ['p0', 'p1'])
  })

  it('has no slice for nothing, less than nothing, and what is no number', () => {
    assert.deepEqual(mergeSlices(slices(0, -5, NaN, Infinity, 7)).map(({ label }) => label), ['p4'])
    assert.deepEqual(mergeSlices([]), [])
  })

  it('keeps the sum and the limit', () => {
    const values = fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 1, maxLength: 60 })
    fc.assert(fc.property(values, fc.integer({ min: 2, max: 20 }), (all, maxSlices) => {
      const merged = mergeSlices(slices(...all), { maxSlices })
      assert.equal(sumOf(merged), all.reduce((sum, value) => sum + value, 0))
      assert.ok(merged.length <= maxSlices, `${merged.length} slices`)
      assert.ok(Math.abs(merged.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9)
    }))
  })
})
