/** Molds that are there and do not fork. */
import assert from 'node:assert/strict'
import { MoldPrimary, stopMoldPrimaries, type MoldPrimaryOptions } from '../support/mold_primary.ts'
import { waitFor } from '../support/wait_for.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 30
const QUICK: MoldPrimaryOptions = { startBackoff: 1, maxStartBackoff: 50, restarts: { max: 1000 }, maxStartFailures: 2, termTimeout: '500ms' }

describe('a pool of copies whose mold', () => {
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  for (const workers of [1, 3]) {
    it(`refuses to fork, for good: has another, and ${workers} of ${workers} workers again`, async () => {
      const primary = await MoldPrimary.start({ ...QUICK, workers })
      await primary.isWhole(workers)
      const mold = await primary.mold()
      primary.break(`fail-beforeFork-${mold}`)
      const [worker] = await primary.workers()
      process.kill(worker?.pid ?? 0, 'SIGKILL')
      await waitFor(async () => ![undefined, mold].includes(await primary.mold()), DEADLINE_MS, 'there is another mold')
      await primary.isWhole(workers)
      assert.match(primary.warnings().join(), new RegExp(
        `the mold \\(pid ${mold}\\) has refused 2 forks in a row, and is ended; the workers serve on: the beforeFork hook 'test' failed`))
    })
  }

  it('refuses now and then is kept', async () => {
    const primary = await MoldPrimary.start({ ...QUICK, startBackoff: '500ms', maxStartBackoff: '1s' })
    const mold = await primary.mold()
    for (let turn = 1; turn <= 3; turn++) {
      primary.break(`fail-beforeFork-${mold}`)
      const [worker] = await primary.workers()
      const recycling = primary.recycle(worker?.id ?? 0)
      await waitFor(() => primary.count('startFailed') === turn, DEADLINE_MS, 'it has refused')
      primary.mend(`fail-beforeFork-${mold}`)
      assert.equal((await recycling).status, 'done')
    }
    await primary.isWhole()
    assert.equal(await primary.mold(), mold)
  })

  it('is not heard any more, and lives: has another', async () => {
    const primary = await MoldPrimary.start(QUICK)
    await primary.isWhole()
    const mold = await primary.mold()
    primary.break(`babble-beforeFork-${mold}`)
    const [worker] = await primary.workers()
    void primary.recycle(worker?.id ?? 0)
    await waitFor(async () => ![undefined, mold].includes(await primary.mold()), DEADLINE_MS, 'there is another mold')
    await primary.isWhole()
    assert.match(primary.warnings().join(), new RegExp(`the mold \\(pid ${mold}\\) was ended by SIGKILL; the workers serve on`))
  })

  it('has so much of forkTimeout to fork that it can say what went wrong', async () => {
    const primary = await MoldPrimary.start({ forkTimeout: '8s', env: { APP_NOTES: 'yes' } })
    await waitFor(() => primary.notes('fork-800-4000').length === 2, DEADLINE_MS, `two forks; ${primary.stderr}`)
    assert.deepEqual(primary.notes('fork-800-4000'), [await primary.mold(), await primary.mold()])
  })
})
