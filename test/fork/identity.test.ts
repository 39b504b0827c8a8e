import assert from 'node:assert/strict'
import { needsForks, runProgram } from './support/run_program.ts'

const CHILDREN = 8
const IDS_EACH = 100_000

interface Report {
  readonly pid: number
  readonly kernelPid: number
  readonly forkedPid: number
  readonly pool: string
  readonly small: string
  readonly key: string
  readonly elements: readonly number[]
}

interface Result {
  readonly pid: number
  readonly codes: readonly string[]
  readonly reports: readonly Report[]
  /** Of nanoid, uuid v4 and v7, crypto.randomUUID, that of WebCrypto, Math.random and crypto.randomInt. */
  readonly duplicates: readonly number[]
}

describe('forked children', function () {
  this.timeout(1000 * 120)
  let result: Result

  before(async function () {
    needsForks(this)
    result = await runProgram<Result>('fork_identity', [String(CHILDREN), String(IDS_EACH)])
    assert.deepEqual(result.codes, Array.from({ length: CHILDREN }, () => '0'))
  })

  it('have pids of their own, and know them', () => {
    const pids = result.reports.map(({ pid }) => pid)
    assert.equal(new Set([...pids, result.pid]).size, CHILDREN + 1)
    assert.deepEqual(result.reports.map(({ kernelPid }) => kernelPid), pids)
    assert.deepEqual(result.reports.map(({ forkedPid }) => forkedPid), pids)
  })

  it(`make ${IDS_EACH.toLocaleString('en')} ids each with nanoid and uuid, and no two the same`, () => {
    assert.deepEqual(result.duplicates.slice(0, 3), [0, 0, 0])
  })

  it('draw numbers and UUIDs of their own from Node', () => {
    const [uuids, webUuids, floats, integers] = result.duplicates.slice(3)
    assert.deepEqual([uuids, webUuids], [0, 0])
    // 160,000 of 2^53 and of 2^47: a pair is next to impossible.
    assert.ok((floats ?? 1) <= 1 && (integers ?? 1) <= 1, `Math.random repeats ${floats}, randomInt ${integers} numbers`)
  })

  it('have pools of random bytes of their own, and the same keys', () => {
    const distinct = (of: (report: Report) => string): number => new Set(result.reports.map(of)).size
    assert.equal(distinct(({ pool }) => pool), CHILDREN, 'filled once, 256 bytes')
    assert.equal(distinct(({ small }) => small), CHILDREN, 'filled twice, 16 bytes')
    assert.equal(distinct(({ key }) => key), 1, 'randomBytes(256)')
  })

  it('leave alone what had not been filled of a pool', () => {
    for (const { elements } of result.reports) {
      assert.deepEqual(elements.slice(0, 32), Array.from({ length: 32 }, () => 0))
      assert.ok(elements.slice(32).some((element) => element !== 0))
    }
    assert.equal(new Set(result.reports.map(({ elements }) => elements.join())).size, CHILDREN)
  })
})
