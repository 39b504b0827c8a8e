import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { gapsIn, thinOut } from '../../../src/report/html/timeline.ts'

describe('thinOut', () => {
  it('keeps all of few', () => {
    assert.deepEqual(thinOut([3, 1, 2], 3), [0, 1, 2])
    assert.deepEqual(thinOut([]), [])
  })

  it('keeps the highest of neighbours, the first and the last', () => {
    assert.deepEqual(thinOut([1, 5, 9, 2, 3, 8, 1, 0], 4), [0, 2, 5, 7])
  })

  it('never has more than it may, and never loses the peak', () => {
    fc.assert(fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 500 }), fc.integer({ min: 3, max: 60 }), (totals, most) => {
      const kept = thinOut(totals, most)
      assert.ok(kept.length <= most)
      assert.deepEqual(kept, [...new Set(kept)].sort((a, b) => a - b))
      assert.equal(Math.max(...kept.map((place) => totals[place] ?? 0)), Math.max(...totals))
      assert.equal(kept.at(-1), totals.length - 1)
    }))
  })
})

describe('gapsIn', () => {
  const all = (times: readonly number[]): number[] => gapsIn(times, times.map((_, index) => index))

  it('finds pauses much longer than usual', () => {
    assert.deepEqual(all([0, 10, 20, 30, 100, 110, 120]), [4])
  })

  it('takes a reading that came late for late, not for a gap', () => {
    assert.deepEqual(all([0, 10, 20, 45, 55]), [])
  })

  it('finds those between the readings that are kept', () => {
    assert.deepEqual(gapsIn([0, 10, 20, 90, 100, 110, 120], [0, 4, 6]), [1])
  })

  it('finds none in one reading or two', () => {
    assert.deepEqual([all([]), all([0]), all([0, 5000])], [[], [], []])
  })
})
