import assert from 'node:assert/strict'
import { topSpec } from '../../src/cli/specs/top.ts'
import { clampScroll, press, type TopView } from '../../src/cli/top/view.ts'
import { TOP_SORTS } from '../../src/report/top/row.ts'

const VIEW: TopView = {
  sort: 'pss', reversed: false, filter: undefined, tree: false, group: 'none', units: 'suffixes', paused: false, help: false,
  intervalMs: 2000, scroll: 0, prompt: undefined,
}
const EXTENT = { rowCount: 100, pageRows: 10 }

/** The view after keys: names, or characters. */
function after(keys: readonly string[], view: TopView = VIEW): TopView {
  return keys.reduce((current, key) => press(current, key, EXTENT).view, view)
}

describe('the keys of top', () => {
  it('end it, interrupt it, suspend it, redraw it', () => {
    const actions = ['q', 'ctrl+c', 'ctrl+z', 'ctrl+l', 'x'].map((key) => press(VIEW, key, EXTENT).action)
    assert.deepEqual(actions, ['quit', 'interrupt', 'suspend', 'redraw', 'none'])
  })

  it('scroll by lines and pages, and not beyond the ends', () => {
    const scrolls = [
      ['down'], ['up'], ['pagedown'], ['end'], ['end', 'down'], ['end', 'pageup'], ['end', 'home'], ['down', 'down', 'up'],
    ].map((keys) => after(keys).scroll)
    assert.deepEqual(scrolls, [1, 0, 10, 90, 90, 80, 0, 1])
  })

  it('keep the last page full when rows go', () => {
    assert.equal(clampScroll({ ...VIEW, scroll: 90 }, { rowCount: 30, pageRows: 10 }).scroll, 20)
    assert.equal(clampScroll({ ...VIEW, scroll: 5 }, { rowCount: 3, pageRows: 10 }).scroll, 0)
  })

  it('choose the next and the previous column to sort by, around the ends', () => {
    assert.equal(after(['s']).sort, 'uss')
    assert.equal(after(['>', '<']).sort, 'pss')
    const all = TOP_SORTS.filter((sort) => sort !== 'count')
    assert.deepEqual(new Set(all.map((_, index) => after(Array.from({ length: index }, () => 's')).sort)), new Set(all))
    assert.equal(after(['r', 's']).reversed, false)
  })

  it('sort groups by what groups have', () => {
    let view = after(['g'])
    for (let nth = 0; nth < 20; nth++) {
      view = after(['s'], view)
      assert.ok(view.sort !== 'pid' && view.sort !== 'user')
    }
  })

  it('switch order, units, pause and help', () => {
    assert.equal(after(['r']).reversed, true)
    assert.deepEqual(['u', 'u', 'u'].map((_, index, keys) => after(keys.slice(0, index + 1)).units), ['kilobytes', 'percent', 'suffixes'])
    assert.equal(after([' ']).paused, true)
    assert.equal(after([' ', ' ']).paused, false)
    assert.equal(after(['h']).help, true)
    assert.deepEqual(after(['?', 's']), VIEW)
    assert.equal(press(after(['h']), 'q', EXTENT).action, 'quit')
  })

  it('show a tree or groups, not both', () => {
    const shown = (keys: readonly string[]): unknown => {
      const { tree, group } = after(keys)
      return [tree, group]
    }
    assert.deepEqual(shown(['t']), [true, 'none'])
    assert.deepEqual(shown(['t', 't']), [false, 'none'])
    assert.deepEqual(shown(['t', 'g']), [false, 'user'])
    assert.deepEqual(shown(['g', 'g', 't']), [true, 'none'])
    assert.deepEqual(shown(['g', 'g', 'g', 'g']), [false, 'none'])
  })

  it('make the interval longer and shorter', () => {
    assert.equal(after(['+']).intervalMs, 3000)
    assert.equal(after(['-', '-', '-', '-']).intervalMs, 500)
    assert.equal(after(Array.from({ length: 20 }, () => '+')).intervalMs, 60_000)
    assert.equal(after(['-'], { ...VIEW, intervalMs: 2500 }).intervalMs, 2000)
  })

  it('take a filter that is typed, with keys that mean something else in the table', () => {
    const typing = after(['/', 'q', ' ', 'h'])
    assert.deepEqual(typing.prompt, { text: 'q h', error: undefined })
    const view = after(['backspace', 'backspace', 'return'], typing)
    assert.deepEqual([view.filter?.source, view.prompt], ['q', undefined])
  })

  it('leave the filter as it was on Escape, and drop it when it is empty', () => {
    const filtered = after(['/', 'x', 'return'])
    assert.equal(after(['/', 'y', 'escape'], filtered).filter?.source, 'x')
    assert.equal(after(['/'], filtered).prompt?.text, 'x')
    assert.equal(after(['/', 'ctrl+u', 'return'], filtered).filter, undefined)
  })

  it('say what is wrong with a filter, and let it be mended', () => {
    const wrong = after(['/', '(', 'return'])
    assert.match(wrong.prompt?.error ?? '', /Invalid regular expression/)
    assert.equal(wrong.filter, undefined)
    const mended = after(['a', ')', 'return'], wrong)
    assert.equal(mended.filter?.source, '(a)')
  })

  it('remove whole characters from a filter', () => {
    assert.equal(after(['/', '😀', 'é', 'backspace', 'backspace']).prompt?.text, '')
  })

  it('name the same columns as the option --sort', () => {
    assert.deepEqual(topSpec.options.find(({ name }) => name === 'sort')?.choices, TOP_SORTS)
  })
})
