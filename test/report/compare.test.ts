import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { compareCell, compareCells, compareCodePoints } from '../../src/report/compare.ts'

describe('compareCodePoints', () => {
  it('puts emoji behind U+FFFF, where comparing UTF-16 units does not', () => {
    assert.ok(compareCodePoints('😀', '\ufb01') > 0)
    assert.ok('😀' < '\ufb01')
  })

  it('agrees with the order of the code points', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}') })
    fc.assert(fc.property(text, text, (left, right) => {
      const points = (value: string): number[] => [...value].map((character) => character.codePointAt(0) ?? 0)
      assert.equal(Math.sign(compareCodePoints(left, right)), Math.sign(compareCells(points(left), points(right))))
    }))
  })
})

describe('compareCell', () => {
  it('orders unknown before numbers before text', () => {
    assert.deepEqual(['a', 3, { float: 2.5 }].sort(compareCell), [{ float: 2.5 }, 3, 'a'])
    assert.ok(compareCell(undefined, 3) < 0)
  })
})

describe('compareCells', () => {
  it('goes on to the next cell while cells are equal', () => {
    assert.ok(compareCells([1, 'a', 2], [1, 'a', 3]) < 0)
    assert.ok(compareCells([2, 'a'], [1, 'b']) > 0)
    assert.equal(compareCells([1, 'a'], [1, 'a']), 0)
  })
})
