import { strict as assert } from 'node:assert'
import { renderBars } from '../../src/report/charts/bars.ts'
import { arcPath, renderPie } from '../../src/report/charts/pie.ts'
import { HOSTILE_NAMES, MB } from './html/support/snapshots.ts'

const SIZES = [[640, 480], [800, 600], [1200, 800]] as const
const hostile = HOSTILE_NAMES.map((label, index) => ({ label, value: (40 - index) * MB }))
const rows = hostile.map(({ label, value }) => ({ label, values: [value, undefined] }))

/** What every picture owes: no element but those we draw, nothing loaded, nothing outside. */
function checkSvg(svg: string, width: number, height: number): void {
  const elements = new Set([...svg.matchAll(/<([a-z!?][^\s/>]*)/gi)].map(([, name]) => name))
  const known = new Set(['svg', 'title', 'desc', 'style', 'rect', 'text', 'path'])
  assert.deepEqual([...elements].filter((name) => !known.has(name ?? '')), [])
  const markup = svg.replace(/>[^<]*</g, '><')
  assert.doesNotMatch(markup, /\s(?:href|src|on\w+)=|url\(/)
  assert.doesNotMatch(svg, /@import|<style>[^<]*url\(/)
  assert.ok(svg.startsWith(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`))
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/)
  for (const [, x, y] of svg.matchAll(/<(?:text|rect) [^>]*\bx="([\d.-]+)" y="([\d.-]+)"/g)) {
    assert.ok(Number(x) >= 0 && Number(x) <= width && Number(y) >= 0 && Number(y) <= height, `${x}, ${y} is outside`)
  }
}

describe('renderPie', () => {
  for (const [width, height] of SIZES) {
    it(`draws hostile names at ${width}x${height} as text`, () => {
      checkSvg(renderPie(hostile, { title: '</title><script>', note: '<b>', width, height }), width, height)
    })
  }

  it('has a slice, a legend and figures for each name', () => {
    const svg = renderPie([{ label: 'node', value: 3 * MB }, { label: 'redis', value: MB }], { title: 'PSS by name' })
    assert.equal(svg.match(/<path /g)?.length, 2)
    for (const text of ['>node<', '>redis<', '>3.0 MB<', '>75.0%<', '>4.0 MB<', 'node: 3.0 MB, 75.0%']) {
      assert.ok(svg.includes(text), text)
    }
  })

  it('tells screen readers what it shows', () => {
    const svg = renderPie([{ label: 'node', value: 3 * MB }], { title: 'PSS by name' })
    assert.match(svg, /role="img" aria-labelledby="chart-title chart-desc"/)
    assert.match(svg, /<title id="chart-title">PSS by name<\/title>/)
    assert.match(svg, /<desc id="chart-desc">3\.0 MB in all: node 3\.0 MB \(100\.0%\)\.<\/desc>/)
  })

  it('has no more slices than its height has lines', () => {
    const svg = renderPie(hostile, { title: 'PSS', width: 640, height: 240, minShare: 0 })
    checkSvg(svg, 640, 240)
    assert.match(svg, /other \(\d+\)/)
  })

  it('says so when there is nothing', () => {
    const svg = renderPie([], { title: 'PSS' })
    checkSvg(svg, 800, 600)
    assert.match(svg, /nothing to show/)
  })

  it('refuses sizes that nobody can read', () => {
    assert.throws(() => renderPie([], { title: '', width: 100 }), /"width" must be an integer from 320 to 4096, got 100/)
    assert.throws(() => renderPie([], { title: '', height: 1e9 }), TypeError)
  })
})

describe('arcPath', () => {
  it('goes clockwise from the top', () => {
    assert.equal(arcPath(0, 0, 50, 100, 0, 0.25), 'M0 -100 A100 100 0 0 1 100 0 L50 0 A50 50 0 0 0 0 -50 Z')
  })

  it('takes the long way round for more than half', () => {
    assert.match(arcPath(0, 0, 50, 100, 0, 0.75), /A100 100 0 1 1 /)
  })

  it('draws a whole ring as two halves', () => {
    assert.equal(arcPath(0, 0, 50, 100, 0, 1).match(/M/g)?.length, 2)
  })
})

describe('renderBars', () => {
  for (const [width, height] of SIZES) {
    it(`draws hostile names at ${width}x${height} as text`, () => {
      checkSvg(renderBars(rows, { title: '</title>', note: '&', series: ['<i>', 'RSS'], width, height }), width, height)
    })
  }

  it('makes bars as long as the figures', () => {
    const svg = renderBars([{ label: 'a', values: [200] }, { label: 'b', values: [100] }], { title: '', series: ['PSS'] })
    const [first = NaN, second = NaN] = [...svg.matchAll(/fill="#3b76e0"[^>]* width="([\d.]+)" height="[\d.]+" rx="2"><title>/g)]
      .map(([, width]) => Number(width))
    assert.ok(Math.abs(first / second - 2) < 0.01, `${first}, ${second}`)
  })

  it('says how many rows did not fit, and draws the first ones', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ label: `p${index}`, values: [1000 - index] }))
    const svg = renderBars(many, { title: 'PSS', series: ['PSS'], width: 640, height: 480 })
    checkSvg(svg, 640, 480)
    const left = Number(/and (\d+) more<\/text>/.exec(svg)?.[1])
    assert.equal(left + (svg.match(/class="track"/g)?.length ?? 0), 500)
    assert.ok(svg.includes('>p0<'))
  })

  it('tells unknown figures from nothing, and draws no bar below 0', () => {
    const svg = renderBars([{ label: 'a', values: [undefined, 0, -5 * MB] }], { title: '', series: ['USS', 'PSS', 'Swap'] })
    assert.match(svg, />N\/A</)
    assert.match(svg, />0 B</)
    assert.match(svg, />-5\.0 MB</)
    assert.doesNotMatch(svg, /width="-/)
  })

  it('says so when there is nothing', () => {
    assert.match(renderBars([], { title: '', series: ['PSS'] }), /nothing to show/)
  })
})
