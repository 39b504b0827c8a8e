import { strict as assert } from 'node:assert'
import { Trend, TrendClock } from '../../../src/report/html/trend.ts'

/** A trend of one reading a second. */
function trendOf(values: readonly (number | undefined)[]): { trend: Trend, clock: TrendClock } {
  const clock = new TrendClock()
  const trend = new Trend()
  values.forEach((value, second) => {
    const { slot, halve } = clock.tick()
    if (halve) trend.halve()
    trend.add(second * 1000, value, slot)
  })
  return { trend, clock }
}

describe('Trend', () => {
  it('has the slope of the line through all readings', () => {
    assert.equal(trendOf([100, 200, 300, 400]).trend.slope, 0.1)
    assert.ok(Math.abs(trendOf([100, 300, 100, 300, 100]).trend.slope ?? NaN) < 1e-12)
  })

  it('knows no slope of two readings, and no change of one', () => {
    assert.equal(trendOf([100, 200]).trend.slope, undefined)
    assert.equal(trendOf([100]).trend.change, undefined)
    assert.equal(trendOf([100, 180]).trend.change, 80)
  })

  it('passes over what was not read', () => {
    const { trend, clock } = trendOf([undefined, 100, undefined, 300])
    assert.equal(trend.change, 200)
    assert.equal(trend.picture(clock), '.0.z')
  })

  it('knows no change when the last reading failed', () => {
    assert.equal(trendOf([100, 200, undefined]).trend.change, undefined)
  })

  it('draws noise flat', () => {
    assert.match(trendOf([1000, 1001, 1000, 1002]).trend.picture(trendOf([1, 2, 3, 4]).clock), /^0[01]{3}$/)
  })

  it('draws a long recording with few points, from its first reading to its last', () => {
    for (const count of [47, 48, 49, 95, 96, 97, 1000, 8640]) {
      const { trend, clock } = trendOf(Array.from({ length: count }, (_, second) => 100 + second))
      const picture = trend.picture(clock)
      assert.ok(picture.length > 20 && picture.length <= 49, `${count} readings: ${picture.length}`)
      assert.match(picture, /^0.*z$/)
      assert.deepEqual([...picture], [...picture].sort(), 'it only grows')
    }
  })

  it('leaves out the time before the process started', () => {
    const values = Array.from({ length: 200 }, (_, second) => (second < 100 ? undefined : second))
    const { trend, clock } = trendOf(values)
    assert.match(trend.picture(clock), /^\.{13}[0-9a-z]+$/)
  })
})
