import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { renderBars } from '../../../src/report/charts/bars.ts'
import { renderPie } from '../../../src/report/charts/pie.ts'
import { ReportBuilder, renderReport } from '../../../src/report/html/index.ts'
import type { Snapshot } from '../../../src/processes/index.ts'
import { skip } from '../../support/skip.ts'
import { waitFor } from '../../support/wait_for.ts'
import { Browser, findChromium, type Page, type Viewport } from './support/browser.ts'
import { HOSTILE_NAMES, hostileSnapshot, MB, processOf, recording, snapshotOf } from './support/snapshots.ts'

const DEADLINE_MS = 1000 * 10

describe('the report page in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'smem-ts-report-'))
  let browser: Browser
  let files = 0

  before(function () {
    const path = findChromium()
    if (path === undefined) skip(this, 'Chromium is not installed')
    browser = new Browser(path)
  })

  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function openFile(name: string, text: string, viewport?: Viewport): Promise<Page> {
    const path = join(folder, `${++files}-${name}`)
    writeFileSync(path, text)
    return browser.open(pathToFileURL(path).href, viewport)
  }

  async function openReport(snapshots: readonly Snapshot[], viewport?: Viewport, title = 'test'): Promise<Page> {
    const builder = new ReportBuilder({ title })
    for (const snapshot of snapshots) builder.add(snapshot)
    const page = await openFile('report.html', renderReport(builder.finish()), viewport)
    await waitFor(() => page.evaluate<boolean>("document.querySelector('#chart svg, #chart .nothing') !== null"),
      DEADLINE_MS, 'the chart is drawn')
    return page
  }

  const count = (page: Page, selector: string): Promise<number> => (
    page.evaluate<number>(`document.querySelectorAll(${JSON.stringify(selector)}).length`))
  const textOf = (page: Page, selector: string): Promise<string> => (
    page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).textContent`))
  const columnOf = (page: Page, place: number): Promise<string[]> => page.evaluate<string[]>(
    `[...document.querySelectorAll('#processes tbody tr')].map((row) => row.children[${place}].textContent)`)
  const click = (page: Page, selector: string): Promise<void> => page.evaluate(`document.querySelector('${selector}').click()`)
  const search = (page: Page, text: string): Promise<void> => page.evaluate(`{
    const input = document.getElementById('search')
    input.value = ${JSON.stringify(text)}
    input.dispatchEvent(new Event('input'))
  }`)
  const isClean = (page: Page): void => {
    assert.deepEqual(page.complaints, [])
    assert.equal(page.requests.length, 1, page.requests.join('\n'))
    assert.match(page.requests[0] ?? '', /^file:.*report\.html$/)
  }

  it('draws a band for each program, the machine, and a row for each process', async () => {
    const page = await openReport(recording())
    assert.equal(await count(page, '#chart path.band'), 13)
    assert.equal(await count(page, '#chart path.used'), 1)
    const bands = await page.evaluate<string[]>(
      "[...document.querySelectorAll('#chart path.band')].map((path) => path.getAttribute('d'))")
    for (const band of bands) assert.match(band, /^(?:M[\d. -]+(?:L[\d. -]+)+Z){2}$/, 'two runs around the gap')
    assert.equal(await count(page, '#legend button'), 13)
    assert.equal(await count(page, '#processes tbody tr'), 89)
    assert.equal(await count(page, '.notice'), 1)
    assert.match(await textOf(page, '#tiles'), /PSS of all processes8\.\d GB/)
    isClean(page)
  })

  it('switches programs by mouse and by keyboard', async () => {
    const page = await openReport(recording(20))
    await click(page, '#legend button:nth-child(2)')
    assert.equal(await count(page, '#chart path.band'), 12)
    assert.equal(await count(page, '#legend button[aria-pressed=false]'), 1)
    await page.evaluate("document.querySelector('#legend button:nth-child(2)').focus()")
    await page.press('Enter')
    assert.equal(await count(page, '#chart path.band'), 13)
    await click(page, '#show-none')
    assert.equal(await count(page, '#chart path.band'), 0)
    await click(page, '#show-all')
    assert.equal(await count(page, '#chart path.band'), 13)
    isClean(page)
  })

  it('tells values and time under the pointer', async () => {
    const page = await openReport(recording(20))
    const box = await page.evaluate<{ x: number, y: number }>(
      "(({ x, y }) => ({ x, y }))(document.getElementById('chart').getBoundingClientRect())")
    await page.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: box.x + 300, y: box.y + 280 })
    await waitFor(() => page.evaluate<boolean>("!document.querySelector('.tip').hidden"), DEADLINE_MS, 'the values are shown')
    assert.match(await textOf(page, '.tip'), /^\d\d:\d\d:\d\d.*postgres.*All programs\d.*Machine in use/)
    assert.equal(await count(page, '.cursor'), 1)
    await page.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: 2, y: 2 })
    await waitFor(() => page.evaluate<boolean>("document.querySelector('.tip').hidden"), DEADLINE_MS, 'the values are gone')
    isClean(page)
  })

  it('moves through the readings by arrow keys, and tells screen readers', async () => {
    const page = await openReport(recording(20))
    const now = (): Promise<string> => page.evaluate<string>("document.getElementById('chart').getAttribute('aria-valuenow')")
    await page.evaluate("document.getElementById('chart').focus()")
    assert.equal(await now(), '19')
    const moves = [['ArrowLeft', '18'], ['Home', '0'], ['ArrowLeft', '0'], ['ArrowRight', '1'], ['End', '19']] as const
    for (const [key, reading] of moves) {
      await page.press(key)
      assert.equal(await now(), reading, key)
    }
    const text = await page.evaluate<string>("document.getElementById('chart').getAttribute('aria-valuetext')")
    assert.match(text, /^\d\d:\d\d:\d\d, [\d.]+ GB: postgres [\d.]+ GB, node/)
    isClean(page)
  })

  it('finds processes by every word, in any column of text', async () => {
    const page = await openReport(recording(5))
    await search(page, 'NODE --worker=3')
    assert.deepEqual(await columnOf(page, 2), ['node'])
    assert.match(await textOf(page, '#summary'), /^1 of 89 processes/)
    await search(page, 'metrics')
    assert.deepEqual(await columnOf(page, 2), ['prometheus'])
    await search(page, 'no such process')
    assert.match(await textOf(page, '#processes tbody'), /No process matches/)
    await search(page, ' ')
    assert.equal(await count(page, '#processes tbody tr'), 89)
    isClean(page)
  })

  it('sorts by a header, and the other way by a second click, unknown figures last', async () => {
    const page = await openReport(recording(5))
    const header = async (place: number): Promise<string | null> => (
      page.evaluate(`document.querySelectorAll('#processes th')[${place}].getAttribute('aria-sort')`))
    assert.equal(await header(4), 'descending')
    assert.deepEqual((await columnOf(page, 4)).at(-1), 'not read')
    await click(page, '#processes th:nth-child(5) button')
    assert.equal(await header(4), 'ascending')
    assert.deepEqual((await columnOf(page, 4)).at(-1), 'not read')
    await click(page, '#processes th:nth-child(1) button')
    const pids = (await columnOf(page, 0)).map(Number)
    assert.deepEqual(pids, [...pids].sort((a, b) => b - a))
    await click(page, '#processes th:nth-child(3) button')
    const names = await columnOf(page, 2)
    assert.deepEqual(names, [...names].sort())
    assert.deepEqual([await header(2), await header(4)], ['ascending', null])
    isClean(page)
  })

  it('makes no element, script or request of hostile names', async () => {
    const page = await openReport([0, 10, 20].map(hostileSnapshot), {}, HOSTILE_NAMES[0])
    assert.equal(await count(page, '#processes tbody tr'), HOSTILE_NAMES.length)
    assert.equal(await count(page, 'img, b#owned, [onload], [onerror], iframe, link, a'), 0)
    assert.equal(await count(page, 'script'), 2)
    assert.equal(await page.evaluate<string>('document.title'), HOSTILE_NAMES[0])
    const commands = await columnOf(page, 10)
    const shown = ['</script><script>document.title="owned"</script>', '\\x1b[31mred\\x1b[0m', 'gpj.\\u202etxt', '__proto__']
    for (const name of shown) {
      assert.ok(commands.includes(`${name} ${name}`), name)
    }
    await search(page, '<b id=owned>')
    assert.equal(await count(page, '#processes tbody tr'), 1)
    isClean(page)
  })

  it('would let no script or picture in, if one got that far', async () => {
    const page = await openReport(recording(3))
    let arrived = 0
    const server = createServer((_, response) => {
      arrived++
      response.end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    await page.evaluate(`{
      const script = document.createElement('script')
      script.textContent = 'document.title = "owned"'
      const image = document.createElement('img')
      image.src = 'http://127.0.0.1:${(server.address() as AddressInfo).port}/x.png'
      document.body.append(script, image)
    }`)
    await waitFor(() => page.complaints.length >= 2, DEADLINE_MS, 'the policy refuses both')
    assert.ok(page.complaints.every((complaint) => complaint.includes('Content Security Policy')), page.complaints.join('\n'))
    assert.equal(await page.evaluate<string>('document.title'), 'test')
    server.close()
    assert.equal(arrived, 0)
  })

  it('shows one reading as one divided bar, without changes', async () => {
    const page = await openReport(recording().slice(-1))
    assert.equal(await count(page, '#chart rect.band'), 13)
    assert.equal(await count(page, '#processes th'), 8)
    assert.match(await textOf(page, '#when'), /^One reading, /)
    await click(page, '#legend button')
    assert.equal(await count(page, '#chart rect.band'), 12)
    isClean(page)
  })

  it('shows a machine without processes, and a source without a time', async () => {
    const page = await openReport([{ ...snapshotOf([]), takenAt: undefined, meminfo: undefined }])
    assert.match(await textOf(page, '#chart'), /There is no PSS to show/)
    assert.match(await textOf(page, '#processes tbody'), /There is no process to show/)
    assert.match(await textOf(page, '#tiles'), /not known/)
    isClean(page)
  })

  it('shows ten thousand processes, some hundred at a time', async () => {
    const processes = Array.from({ length: 10_000 }, (_, index) => (
      processOf({ pid: index + 1, commandLine: [`p${index % 500}`, `--n=${index}`], figures: { pss: MB } })))
    const page = await openReport([0, 10].map((second) => snapshotOf(processes, second)))
    assert.equal(await textOf(page, '#legend button:last-child .grow'), '488 other programs')
    assert.equal(await count(page, '#processes tbody tr'), 200)
    assert.equal(await textOf(page, '#more'), 'Show more (9,800 left)')
    await click(page, '#more')
    assert.equal(await count(page, '#processes tbody tr'), 400)
    await search(page, '--n=9876')
    assert.equal(await count(page, '#processes tbody tr'), 1)
    assert.equal(await page.evaluate<boolean>("document.getElementById('more').hidden"), true)
    isClean(page)
  })

  for (const [name, viewport] of [['dark', { dark: true }], ['narrow', { width: 400, height: 800 }]] as const) {
    it(`fits a ${name} screen`, async () => {
      const page = await openReport(recording(30), viewport)
      const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
      assert.equal(background, name === 'dark' ? 'rgb(14, 16, 20)' : 'rgb(245, 246, 248)')
      const [content, window] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]')
      assert.ok((content ?? 0) <= (window ?? 0), `${content} pixels of content in ${window}`)
      isClean(page)
    })
  }

  it('accepts the pictures as well-formed SVG with hostile names', async () => {
    const slices = HOSTILE_NAMES.map((label, index) => ({ label, value: (40 - index) * MB }))
    const pie = renderPie(slices, { title: HOSTILE_NAMES[0], note: HOSTILE_NAMES[5], minShare: 0, maxSlices: 40, height: 800 })
    const bars = renderBars(slices.map(({ label, value }) => ({ label, values: [value] })), { title: '<', series: ['P&S'] })
    for (const [text, selector, expected] of [[pie, 'path', 21], [bars, 'rect.track', 21]] as const) {
      const page = await openFile('chart.svg', text)
      assert.equal(await count(page, 'parsererror, script, image, img, b'), 0)
      assert.equal(await count(page, selector), expected)
      assert.deepEqual([page.complaints, page.requests.length], [[], 1])
    }
  })
})
