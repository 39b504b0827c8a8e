import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { ReportBuilder, renderReport } from '../../../src/report/html/index.ts'
import { embedJson } from '../../../src/report/html/page.ts'
import type { Snapshot } from '../../../src/processes/index.ts'
import { hostileSnapshot, MB, processOf, recording, snapshotOf } from './support/snapshots.ts'

function pageOf(title: string, snapshots: readonly Snapshot[]): string {
  const builder = new ReportBuilder({ title })
  for (const snapshot of snapshots) builder.add(snapshot)
  return renderReport(builder.finish())
}

describe('renderReport', () => {
  it('allows its own script and style, by their hashes, and nothing else', () => {
    const page = pageOf('test', recording(5))
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? ''
    const hash = (element: string): string => {
      const text = new RegExp(`<${element}>([^]*?)</${element}>`).exec(page)?.[1] ?? ''
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    }
    assert.deepEqual(policy.split('; '), [
      "default-src 'none'", `script-src ${hash('script')}`, `style-src ${hash('style')}`, "base-uri 'none'", "form-action 'none'",
    ])
    assert.doesNotMatch(page, /\s(?:src|href|style|on\w+)=/)
  })

  it('has its two scripts only, whatever processes are called', () => {
    const page = pageOf('</title><script>x</script>', [hostileSnapshot()])
    assert.equal(page.match(/<script/g)?.length, 2)
    assert.equal(page.match(/<\/script/g)?.length, 2)
    assert.equal(page.match(/<(?:img|svg|b id)/g), null)
    assert.doesNotMatch(page, /[\u2028\u2029\u202e\x1b]/)
  })

  it('grows with what it shows, and no faster', () => {
    const sizeOf = (count: number): number => pageOf('test', [0, 10, 20].map((second) => (
      snapshotOf(Array.from({ length: count }, (_, index) => (
        processOf({ pid: index + 1, figures: { pss: (1 + index % 50) * MB } }))), second)))).length
    const [base, thousand, many] = [sizeOf(0), sizeOf(1000), sizeOf(10_000)]
    assert.ok(base < 50_000, `${base} characters for an empty page`)
    assert.ok(many - base < 12 * (thousand - base), `${thousand - base} and ${many - base} characters`)
    assert.ok((many - base) / 10_000 < 100, `${(many - base) / 10_000} characters a process`)
  })

  it('has no more of a long recording than a screen shows', () => {
    const snapshots = Array.from({ length: 9000 }, (_, index) => (
      snapshotOf([processOf({ pid: 1, figures: { pss: (index % 100) * MB } })], index * 10)))
    assert.ok(pageOf('test', snapshots).length < 120_000)
  })
})

describe('embedJson', () => {
  it('is JSON that ends no element', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const text = embedJson(value)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      assert.doesNotMatch(text, /[<\u2028\u2029]/)
    }))
    assert.equal(embedJson('</script>\u2028'), '"\\u003c/script>\\u2028"')
  })
})
