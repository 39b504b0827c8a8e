import assert from 'node:assert/strict'
import type { RollOutcome } from '../../src/pool/index.ts'
import type { Decision, Monitor } from '../../src/watchdog/index.ts'
import { MonitorPanel, type MonitorFailure } from '../../src/watchdog/monitor_panel.ts'
import { Verification } from '../../src/watchdog/verification.ts'
import { contextOf, type Sketch } from './support/context.ts'
import { MB } from './support/fakes.ts'

const decision = { number: 1, action: 'recycle', worker: { id: 1, slot: 0, pid: 1001 }, sample: null } as Decision
const before = { uss: new Map([[0, 600 * MB]]), pss: 700 * MB, used: undefined, isOwnUse: true }
const minFreed = { share: 0.1, bytes: undefined }

function outcomeOf(newId: number | undefined): RollOutcome {
  return { status: 'done', replaced: [{ slot: 0, oldId: 1, newId }], kept: [], failure: undefined, tookMs: 1 }
}

describe('the verification of an action', () => {
  const old: Sketch = { id: 1, slot: 0, uss: 600, fresh: true }
  let verification: Verification
  let trial: ReturnType<Verification['begin']>
  beforeEach(() => {
    verification = new Verification()
    trial = verification.begin({ decision, before, minFreed, settleMs: 5000, slots: new Set([0]), oldIds: new Set([1]), isForMemory: true, mayReturn: false })
  })

  it('wants a reading of the replacement once it has settled, and none of before', () => {
    const wanted = (sketch: Sketch): unknown => verification.wants(contextOf([sketch])).replacements
    assert.deepEqual(wanted(old), [])
    assert.deepEqual(wanted({ id: 2, slot: 0, rss: 100, servingMs: 4999 }), [])
    assert.deepEqual(wanted({ id: 2, slot: 0, uss: 100, servingMs: 5500, ageMs: 1000 }), [2])
    assert.deepEqual(wanted({ id: 2, slot: 0, uss: 100, servingMs: 5500, ageMs: 400 }), [])
    assert.deepEqual(wanted({ id: 3, slot: 1, rss: 100 }), [])
  })

  it('compares the first that was read after that, though it has grown by the end', () => {
    assert.deepEqual(verification.settle(contextOf([{ id: 2, slot: 0, uss: 50, fresh: true, servingMs: 4000 }])), [])
    assert.deepEqual(verification.settle(contextOf([{ id: 2, slot: 0, uss: 100, fresh: true, servingMs: 5000 }])), [])
    trial.end(outcomeOf(2), 1000 * 55)
    assert.deepEqual(verification.settle(contextOf([{ id: 2, slot: 0, uss: 590, fresh: true }], { now: 59_999 })), [])
    const [measured] = verification.settle(contextOf([{ id: 2, slot: 0, uss: 590, fresh: true }]))
    assert.deepEqual([measured?.effect.ussAfter, measured?.effect.freed, measured?.effect.effective], [100 * MB, 500 * MB, true])
    assert.deepEqual([measured?.effect.pssBefore, measured?.effect.pssAfter, measured?.minFreed], [700 * MB, 590 * MB, 60 * MB])
    assert.deepEqual(verification.settle(contextOf([])), [])
  })

  it('counts a place that was left empty as freed', () => {
    trial.end(outcomeOf(undefined), 0)
    const [measured] = verification.settle(contextOf([{ id: 3, slot: 1, uss: 800, fresh: true }]))
    assert.deepEqual([measured?.effect.ussAfter, measured?.effect.freed], [0, 600 * MB])
  })

  it('counts what has come into the place, though the pool has not put it there, once that has settled', () => {
    trial.end(outcomeOf(undefined), 0)
    assert.deepEqual(verification.settle(contextOf([{ id: 2, slot: 0, uss: 100, fresh: true, servingMs: 4000 }])), [])
    const [measured] = verification.settle(contextOf([{ id: 2, slot: 0, uss: 590, fresh: true, servingMs: 5000 }]))
    assert.deepEqual([measured?.effect.ussAfter, measured?.effect.freed, measured?.effect.effective], [590 * MB, 10 * MB, false])
  })

  it('waits for what has come into the place of late until that has settled, though the ticks are short', () => {
    trial.end(outcomeOf(undefined), 0)
    const late = (servingMs: number, now: number): unknown[] => verification.settle(contextOf([{ id: 2, slot: 0, uss: 590, fresh: true, servingMs }], { now }))
    for (let ms = 0; ms < 4900; ms += 100) assert.deepEqual(late(ms, 5000 + ms), [])
    assert.equal(late(5000, 9999).length, 1)
  })

  it('does not judge by what others on the machine use', () => {
    const scope = { ...contextOf([]).scope, limitKind: 'machine' as const, used: 2000 * MB }
    const others = { uss: new Map<number, number>(), pss: undefined, used: 1473 * MB, isOwnUse: false }
    trial.drop()
    trial = verification.begin({ decision, before: others, minFreed, settleMs: 5000, slots: new Set([0]), oldIds: new Set([1]), isForMemory: true, mayReturn: false })
    trial.end(outcomeOf(2), 0)
    let [measured] = verification.settle(contextOf([{ id: 2, slot: 0, rss: 100 }], { scope }))
    for (let tick = 0; tick < 12; tick++) measured ??= verification.settle(contextOf([{ id: 2, slot: 0, rss: 100 }], { scope }))[0]
    assert.deepEqual([measured?.effect.freed, measured?.effect.usedBefore, measured?.effect.usedAfter], [undefined, 1473 * MB, 2000 * MB])
  })

  it('goes by the sum of PSS when the replacement cannot be read, and by nothing when that cannot', () => {
    trial.end(outcomeOf(2), 0)
    const unread = contextOf([{ id: 2, slot: 0, rss: 100 }], { scope: { ...contextOf([]).scope, used: 0 } })
    for (let tick = 1; tick < 10; tick++) assert.deepEqual(verification.settle(unread), [])
    const [measured] = verification.settle(unread)
    assert.deepEqual([measured?.effect.freed, measured?.effect.effective, measured?.effect.ussBefore], [undefined, false, undefined])
  })
})

describe('the panel of monitors', () => {
  const failures: MonitorFailure[] = []
  const panelOf = (...monitors: Monitor[]): MonitorPanel => new MonitorPanel(monitors, 1, (failure) => failures.push(failure))
  beforeEach(() => failures.splice(0))

  it('serves the most urgent wish of each monitor first', () => {
    const panel = panelOf({ name: 'a', wants: () => [1, 2], check: () => [] }, { name: 'b', wants: () => [3, 1, 'primary'], check: () => [] })
    assert.deepEqual(panel.wants(contextOf([])), [1, 3, 2, 'primary'])
  })

  it('leaves a monitor out for failures in a row only', () => {
    let calls = 0
    const panel = panelOf({ name: 'a', check: () => { if (++calls % 3 !== 0) throw new Error('no'); return [] } })
    for (let tick = 0; tick < 9; tick++) {
      panel.wants(contextOf([]))
      panel.judge(contextOf([]))
    }
    assert.equal(calls, 9)
    assert.ok(failures.length === 6 && failures.every(({ disabled }) => !disabled))
  })

  it('does not judge by a monitor whose wishes failed', () => {
    let checks = 0
    const panel = panelOf({ name: 'a', wants: () => { throw new Error('no') }, check: () => { checks++; return [] } })
    panel.wants(contextOf([]))
    assert.deepEqual([panel.judge(contextOf([])), checks, failures.length], [[], 0, 1])
  })

  it('drops what is said of a worker that is not there', () => {
    const panel = panelOf({ name: 'a', check: () => [{ reason: 'custom', worker: 9, action: 'recycle', value: 1, limit: 1, unit: 'count', measure: 'x' }] })
    panel.wants(contextOf([{ id: 1 }]))
    assert.deepEqual(panel.judge(contextOf([{ id: 1 }])), [])
  })
})
