/** Processes are killed and stopped at each step of a refork. The other signals and steps are in test/soak/pool_faults.soak.ts. */
import assert from 'node:assert/strict'
import { MoldPrimary, stopMoldPrimaries } from '../support/mold_primary.ts'
import { needsForks } from '../fork/support/run_program.ts'
import { QUICK, REFORK_STEPS, reforkWhenAllowed, strike } from './support/refork_faults.ts'

/** More than a copy takes to try itself. */
const CHECKED_MS = 1000

describe('a pool of copies, in the midst of a refork', function () {
  this.timeout(1000 * 180)
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  for (const victim of ['mold', 'worker', 'stepper'] as const) {
    it(`comes back when the ${victim === 'stepper' ? 'process whose turn it is' : victim} is killed, at whatever step`, async () => {
      const primary = await MoldPrimary.start(QUICK)
      for (const step of REFORK_STEPS) await strike(primary, step, victim, 'SIGKILL')
      await primary.close()
      await primary.isGone()
    })
  }

  it('comes back when the mold, a worker or the process whose turn it is is stopped', async () => {
    const primary = await MoldPrimary.start(QUICK)
    await strike(primary, 'close', 'mold', 'SIGSTOP')
    await strike(primary, 'check', 'worker', 'SIGSTOP')
    await strike(primary, 'start-next', 'stepper', 'SIGSTOP')
  })

  it('goes on when its supervisor was stopped for a while', async () => {
    const primary = await MoldPrimary.start(QUICK)
    for (const step of ['close', 'start-next'] as const) {
      assert.equal((await strike(primary, step, 'supervisor', 'SIGSTOP'))?.status, 'done', step)
    }
  })

  it('hears a first copy that was done before it was looked at', async () => {
    const primary = await MoldPrimary.start({ ...QUICK, workers: 1 })
    primary.break('wait-afterPromote')
    const reforking = primary.refork()
    const candidate = await primary.waiting('afterPromote')
    await primary.isWhole(1, 1, [candidate])
    primary.break('wait-beforeFork')
    primary.mend('wait-afterPromote')
    assert.equal(await primary.waiting('beforeFork'), candidate)
    process.kill(primary.pid, 'SIGSTOP')
    primary.mend('wait-beforeFork')
    await new Promise((resolve) => setTimeout(resolve, CHECKED_MS))
    process.kill(primary.pid, 'SIGCONT')
    assert.deepEqual([(await reforking).status, (await reforking).failure], ['done', undefined])
    await primary.isWhole(1)
  })

  for (const step of ['close', 'check', 'start-next'] as const) {
    it(`ends, all of it, when its supervisor is killed at ${step}`, async () => {
      await strike(await MoldPrimary.start(QUICK), step, 'supervisor', 'SIGKILL')
    })
  }

  it('replaces all of 8 workers when 1 of them is stuck', async () => {
    const primary = await MoldPrimary.start({ ...QUICK, workers: 8 })
    const [stuck] = await primary.workers()
    process.kill(stuck?.pid ?? 0, 'SIGSTOP')
    const { status, failure, outcome } = await primary.refork()
    assert.deepEqual([status, failure, outcome.replaced.length], ['done', undefined, 8])
    await primary.isWhole(8)
    assert.ok(primary.told<{ worker: { pid: number } }>('forced').some(({ worker }) => worker.pid === stuck?.pid), 'it was forced')
  })

  for (const [fault, reason, isOfMold] of [
    ['fail-beforeFork', /the beforeFork hook 'test' failed/, true],
    ['fail-afterFork', /the afterFork hook 'test' failed/, false],
    ['hang-close', /has not become a mold within 6s/, false],
    ['hang-check', /the canary .* has not answered within 3s/, false],
  ] as const) {
    it(`serves on as before with ${fault}, and reforks when that has gone`, async () => {
      const primary = await MoldPrimary.start(QUICK)
      const mold = await primary.mold()
      primary.break(fault)
      const { status, failure } = await primary.refork()
      assert.equal(status, 'failed')
      assert.match(failure ?? '', reason)
      primary.mend(fault)
      await primary.isWhole(3)
      // The mold could not fork either, and another may have followed it.
      if (!isOfMold) assert.equal(await primary.mold(), mold)
      assert.equal((await reforkWhenAllowed(primary)).status, 'done')
      await primary.isWhole(3)
    })
  }

  it('reforks all the same when drain() or a hook of the parent fails', async () => {
    const primary = await MoldPrimary.start(QUICK)
    for (const fault of ['fail-drain', 'fail-afterForkInParent']) {
      primary.break(fault)
      assert.equal((await primary.refork()).status, 'done', fault)
      primary.mend(fault)
      await primary.isWhole(3)
    }
  })
})
