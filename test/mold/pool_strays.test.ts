/** Children that nobody has told the supervisor of: they are its own, and only it can reap them. */
import assert from 'node:assert/strict'
import { MoldPrimary, stopMoldPrimaries, type MoldPrimaryOptions } from '../support/mold_primary.ts'
import { waitFor } from '../support/wait_for.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 30
const QUICK: MoldPrimaryOptions = { startBackoff: 1, maxStartBackoff: 50, restarts: { max: 1000 }, maxStartFailures: 2 }

describe('a pool of copies, of a child that nobody has told of', () => {
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  for (const [what, fault, state] of [
    ['has died', 'die-say-hello', 'Z'], ['hangs', 'stop-say-hello', 'T'],
  ] as const) {
    it(`that ${what} before its hello, as its mold died: ends and reaps it`, async () => {
      const primary = await MoldPrimary.start(QUICK)
      await primary.isWhole()
      const mold = await primary.mold()
      const known = new Set(primary.children().keys())
      for (const one of [fault, 'die-say-forked']) primary.break(one)
      const [worker] = await primary.workers()
      const recycling = primary.recycle(worker?.id ?? 0)
      let stray = 0
      await waitFor(() => {
        stray = [...primary.children()].find(([pid, its]) => its === state && !known.has(pid))?.[0] ?? 0
        return stray !== 0
      }, DEADLINE_MS, 'there is a child that nobody knows')
      await waitFor(() => primary.count('warning') > 0, DEADLINE_MS, 'the end of the mold is told')
      for (const one of [fault, 'die-say-forked']) primary.mend(one)
      await recycling
      await primary.isWhole()
      assert.equal(primary.children().has(stray), false)
      assert.notEqual(await primary.mold(), mold)
    })
  }

  it('that failed in its fork: reaps it, and the mold goes on', async () => {
    const primary = await MoldPrimary.start({ ...QUICK, startBackoff: '500ms', maxStartBackoff: '1s' })
    const mold = await primary.mold()
    primary.break('late-fork')
    const [worker] = await primary.workers()
    const recycling = primary.recycle(worker?.id ?? 0)
    await waitFor(() => primary.count('startFailed') > 0, DEADLINE_MS, 'a fork has failed')
    primary.mend('late-fork')
    assert.equal((await recycling).status, 'done')
    const [{ reason = '' } = {}] = primary.told<{ reason: string }>('startFailed')
    assert.match(reason, /was not forked: process \d+ could not be forked: the child (did not answer within|could not start|ended before)/)
    await primary.isWhole()
    assert.equal(await primary.mold(), mold)
  })

  it('that is none of its molds: leaves it alone', async () => {
    const primary = await MoldPrimary.start(QUICK)
    const bystander = await primary.bystander()
    try {
      process.kill(await primary.mold() ?? 0, 'SIGKILL')
      await waitFor(() => primary.count('warning') > 0, DEADLINE_MS, 'the end of the mold is told')
      await primary.isWhole(2, 1, [bystander])
    } finally {
      process.kill(bystander, 'SIGKILL')
    }
    await waitFor(() => primary.events.some(({ name, payload }) => name === 'warning' && payload === 'bystander ended by SIGKILL'),
      DEADLINE_MS, "the supervisor's program hears of the end of its child")
    await primary.isWhole()
  })
})
