/** The only worker that serves is not spared before another serves in its place. */
import assert from 'node:assert/strict'
import { MoldPrimary, stopMoldPrimaries, type MoldPrimaryOptions } from '../support/mold_primary.ts'
import { within } from '../support/wait_for.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 15
const QUICK: MoldPrimaryOptions = { workers: 1, startBackoff: 1, maxStartBackoff: 50, restarts: { max: 1000 }, maxStartFailures: 2 }

describe('a refork of a pool with one worker', () => {
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  it('has it serve until another does', async () => {
    const primary = await MoldPrimary.start(QUICK)
    const first = await primary.get()
    primary.break('wait-start')
    const reforking = primary.refork()
    await primary.waiting('start')
    for (let turn = 0; turn < 5; turn++) assert.equal(await within(primary.get(), DEADLINE_MS, 'it answers'), first)
    primary.break('wait-afterPromote')
    primary.mend('wait-start')
    assert.equal(await primary.waiting('afterPromote'), Number(first))
    assert.notEqual(await within(primary.get(), DEADLINE_MS, 'the other answers'), first)
    primary.mend('wait-afterPromote')
    const { status, failure, generation } = await reforking
    assert.deepEqual([status, failure, generation], ['done', undefined, 1])
    await primary.isWhole(1)
    assert.equal(await primary.mold(), Number(first))
    assert.deepEqual([primary.warnings(), primary.count('forced')], [[], 0])
  })

  it('has the only one of two that answers serve until another does', async () => {
    const primary = await MoldPrimary.start({ ...QUICK, workers: 2, drainTimeout: '2s', termTimeout: '500ms' })
    const [stuck, other] = await primary.workers()
    process.kill(stuck?.pid ?? 0, 'SIGSTOP')
    primary.break('wait-start')
    const reforking = primary.refork()
    await primary.waiting('start')
    const serving = (await primary.workers()).filter(({ state }) => state === 'serving').map(({ pid }) => pid)
    assert.ok(serving.includes(other?.pid ?? 0))
    primary.mend('wait-start')
    assert.equal((await reforking).status, 'done')
    await primary.isWhole(2)
    assert.equal(await primary.mold(), other?.pid)
  })

  it('comes to nothing when no other starts, and it serves on', async () => {
    const primary = await MoldPrimary.start(QUICK)
    const [first, mold] = [await primary.get(), await primary.mold()]
    primary.break('fail-start')
    const { status, failure } = await primary.refork()
    assert.equal(status, 'failed')
    assert.match(failure ?? '', /^worker \d+ alone serves, and there was no other to take its place: 2 starts in a row failed, .*start fail/)
    assert.equal(await primary.get(), first)
    primary.mend('fail-start')
    await primary.isWhole(1)
    assert.equal(await primary.mold(), mold)
  })

  it('comes to nothing when the mold is lost meanwhile, and there is another', async () => {
    const primary = await MoldPrimary.start(QUICK)
    const [first, mold] = [await primary.get(), await primary.mold()]
    primary.break('wait-start')
    const reforking = primary.refork()
    await primary.waiting('start')
    process.kill(mold ?? 0, 'SIGKILL')
    const { status, failure } = await reforking
    assert.equal(status, 'failed')
    assert.match(failure ?? '', /alone serves, and there was no other to take its place: the mold \(pid \d+\) was ended by SIGKILL$/)
    primary.mend('wait-start')
    await primary.isWhole(1)
    assert.equal(await primary.get(), first)
  })

  it('is stopped when it is asked to', async () => {
    const primary = await MoldPrimary.start(QUICK)
    const first = await primary.get()
    primary.break('wait-start')
    const reforking = primary.refork()
    await primary.waiting('start')
    await primary.stopRolling()
    assert.equal((await reforking).status, 'stopped')
    primary.mend('wait-start')
    await primary.isWhole(1)
    assert.equal(await primary.get(), first)
  })
})
