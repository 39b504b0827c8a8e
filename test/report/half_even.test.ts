import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { formatHalfEven } from '../../src/report/half_even.ts'

describe('formatHalfEven', () => {
  const ties: readonly (readonly [value: number, digits: number, text: string])[] = [
    [0.5, 0, '0'], [1.5, 0, '2'], [2.5, 0, '2'], [3.5, 0, '4'],
    [0.25, 1, '0.2'], [0.75, 1, '0.8'], [1.25, 1, '1.2'], [1.75, 1, '1.8'], [2.25, 1, '2.2'], [9.75, 1, '9.8'],
    [9.95, 1, '9.9'],
    [0.125, 2, '0.12'], [0.375, 2, '0.38'], [0.625, 2, '0.62'], [0.875, 2, '0.88'], [1.005, 2, '1.00'],
  ]
  for (const [value, digits, text] of ties) {
    it(`writes ${value} with ${digits} digits as ${text}`, () => {
      assert.equal(formatHalfEven(value, digits), text)
      assert.equal(formatHalfEven(-value, digits), `-${text}`)
    })
  }

  it('keeps the sign of what rounds to nothing, as C does', () => {
    assert.equal(formatHalfEven(-0.01, 1), '-0.0')
    assert.equal(formatHalfEven(-0, 1), '-0.0')
    assert.equal(formatHalfEven(0, 1), '0.0')
  })

  it('carries into the next digit', () => {
    assert.equal(formatHalfEven(999.96, 1), '1000.0')
    assert.equal(formatHalfEven(0.999, 2), '1.00')
  })

  it('writes numbers in full that toFixed writes with exponents', () => {
    assert.equal(formatHalfEven(1e22, 1), '10000000000000000000000.0')
    assert.equal(formatHalfEven(2 ** 80, 0), '1208925819614629174706176')
  })

  it('names what is not a number', () => {
    assert.deepEqual([NaN, Infinity, -Infinity].map((value) => formatHalfEven(value, 1)), ['nan', 'inf', '-inf'])
  })

  it('agrees with exact arithmetic on any double', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 6 }), agrees))
  })

  it('agrees with exact arithmetic on fractions with few bits, where ties are', () => {
    const dyadic = fc.tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.integer({ min: 0, max: 8 }))
    fc.assert(fc.property(dyadic, fc.integer({ min: 0, max: 6 }), ([numerator, bits], digits) => {
      agrees(numerator / 2 ** bits, digits)
    }), { numRuns: 5000 })
  })
})

function agrees(value: number, digits: number): void {
  assert.equal(formatHalfEven(value, digits), exactly(value, digits))
}

/** The same in whole numbers: a double is `mantissa * 2 ** exponent`. */
function exactly(value: number, digits: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n
  const exponent = BigInt(Math.max(biased, 1) - 1075)
  const numerator = mantissa * 10n ** BigInt(digits) * (exponent > 0n ? 1n << exponent : 1n)
  const denominator = exponent < 0n ? 1n << -exponent : 1n
  let rounded = numerator / denominator
  const twice = (numerator % denominator) * 2n
  if (twice > denominator || (twice === denominator && rounded % 2n === 1n)) rounded++
  const text = rounded.toString().padStart(digits + 1, '0')
  const point = text.length - digits
  return (bits >> 63n === 1n ? '-' : '') + (digits === 0 ? text : `${text.slice(0, point)}.${text.slice(point)}`)
}
