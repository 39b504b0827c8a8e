import assert from 'node:assert/strict'
import type { PressureEvent } from '../../src/system/index.ts'
import { Kennel, MB, scopeOf, type MemoryPlan } from './support/fakes.ts'

const SECOND = 1000
const MINUTE = 1000 * 60
const psi: PressureEvent = { kind: 'psi', path: '/memory.pressure', detail: 'stalled for 200 ms of 2 s' }
/** The largest by RSS is slot 0, the largest by USS is slot 2. */
const uneven: MemoryPlan = ({ slot }) => [{ uss: 100 * MB, shared: 900 * MB }, { uss: 200 * MB, shared: 0 }, { uss: 400 * MB, shared: 0 }][slot] ?? { uss: 0, shared: 0 }

describe('what is wrong with the pool as a whole', () => {
  it('costs the worker whose end frees most', async () => {
    const kennel = new Kennel({ size: 3, plan: uneven, primary: { uss: 50 * MB, shared: 0 } }, { poolPss: '900MB', interval: '1s' })
    await kennel.run(40 * SECOND)
    assert.equal(kennel.acted[0]?.worker?.slot, 2)
    assert.match(kennel.acted[0]?.summary ?? '', /^recycle worker 3 \(slot 2, pid 1003\), whose USS of 400 MB is the largest: sum of PSS 1(\.\d)? GB is above its limit of 900 MB, \d+ strikes of 3$/)
  })

  it('waits for a worker that is warm', async () => {
    const kennel = new Kennel({ size: 3, plan: uneven }, { poolPss: '900MB', interval: '1s' })
    await kennel.run(20 * SECOND)
    assert.deepEqual(kennel.verdicts, ['cooling_down'])
    assert.match(kennel.decisions[0]?.summary ?? '', /^due: recycle the pool: .*; not now: no worker is warm yet$/)
  })

  it('does not cost a worker that is not warm, however large', async () => {
    const plan: MemoryPlan = ({ id }) => ({ uss: (id > 3 ? 900 : 100 * id) * MB, shared: 0 })
    const kennel = new Kennel({ size: 3, plan }, { pressure: true, interval: '1s' })
    await kennel.run(40 * SECOND)
    void kennel.pool.recycle(1)
    await kennel.run(10 * SECOND)
    kennel.press({ ...psi, kind: 'oom' })
    await kennel.run(SECOND)
    assert.deepEqual(kennel.acted.map(({ worker }) => worker?.id), [3])
  })

  it('goes from one slot to the next, and ends in quiet when none frees enough', async () => {
    const kennel = new Kennel({ size: 3, plan: uneven }, { poolPss: '900MB', interval: '1s' })
    await kennel.run(30 * MINUTE)
    assert.deepEqual(kennel.acted.map(({ worker }) => worker?.slot), [2, 1, 0])
    assert.equal(kennel.verdicts.at(-1), 'ineffective')
    assert.ok(kennel.decisions.length <= 8, kennel.decisions.map(({ summary }) => summary).join('\n'))
  })

  it('may be pressure that lasts for two ticks', async () => {
    const kennel = new Kennel({ size: 3, plan: uneven }, { pressure: true, interval: '1s' })
    await kennel.run(40 * SECOND)
    kennel.press(psi)
    await kennel.run(2 * SECOND)
    assert.deepEqual(kennel.decisions, [])
    kennel.press(psi)
    await kennel.run(SECOND)
    kennel.press(psi)
    await kennel.run(SECOND)
    assert.match(kennel.acted[0]?.summary ?? '', /^recycle worker 3 .*, whose USS of 400 MB is the largest: memory pressure: stalled for 200 ms of 2 s, 2 strikes of 2$/)
  })

  it('may be pressure that others make, which is reported', async () => {
    const kennel = new Kennel({ size: 3, plan: uneven }, { pressure: true, interval: '1s' })
    kennel.scope = scopeOf(256 * 1024 * MB, 128 * 1024 * MB)
    await kennel.run(40 * SECOND)
    for (let nth = 0; nth < 3; nth++) {
      kennel.press(psi)
      await kennel.run(SECOND)
    }
    assert.deepEqual(kennel.verdicts, ['reported'])
    assert.deepEqual(kennel.pool.recycled, [])
  })

  it('asks the kernel for pressure only when a monitor wants to know', () => {
    assert.equal(new Kennel({ size: 1, plan: uneven }, { workerUss: '1GB' }).isPressureWatched, false)
  })

  it('chooses by RSS, and says so, when no reading can be had', async () => {
    const kennel = new Kennel({ size: 3, plan: uneven }, { pressure: true, interval: '1s' })
    kennel.gauge.mostInATick = 0
    await kennel.run(40 * SECOND)
    kennel.press({ ...psi, kind: 'oom', detail: 'memory ran out' })
    await kennel.run(SECOND)
    assert.match(kennel.acted[0]?.summary ?? '', /^recycle worker 1 .*, whose RSS is the largest: memory pressure: memory ran out$/)
    assert.equal(kennel.acted[0]?.sample, null)
  })

  it('goes by MemTotal when the limit cannot be read, and says so once', async () => {
    const readScope = (): never => { throw new Error('ENOENT: no meminfo') }
    const kennel = new Kennel({ size: 1, plan: uneven }, { poolPss: '80%' }, { readScope })
    await kennel.run(MINUTE)
    assert.deepEqual(kennel.warnings, ['the memory limit cannot be read: ENOENT: no meminfo; MemTotal holds'])
  })
})
