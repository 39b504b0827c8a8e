/** A watchdog over a pool of copies: the same triggers and limits as over node:cluster, with real processes. */
import assert from 'node:assert/strict'
import type { Refork } from '../../src/mold.ts'
import type { Decision, Effect, WatchdogOptions } from '../../src/watchdog.ts'
import { MoldPrimary, stopMoldPrimaries } from '../support/mold_primary.ts'
import { waitFor } from '../support/wait_for.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 45
const MB = 2 ** 20
/** Looks often, and acts as soon as it may. */
const QUICK: WatchdogOptions = {
  interval: '100ms', strikes: 2, warmUp: '300ms', settle: '200ms', cooldown: '100ms', slotCooldown: '100ms', budget: 1,
}

describe('a watchdog over a pool of copies', function () {
  this.timeout(1000 * 120)
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  const acted = (primary: MoldPrimary): Decision[] => (
    primary.told<Decision>('decision').filter(({ verdict }) => verdict === 'acting'))
  const explained = (primary: MoldPrimary, what: string): string => `${what}; it told: ${primary.events
    .filter(({ name }) => ['decision', 'effect', 'warning'].includes(name))
    .map(({ payload }) => (payload as { summary?: string }).summary ?? String(payload)).join('\n')}`

  it('reforks by the number of requests, another for each generation', async () => {
    const primary = await MoldPrimary.start({
      watchdog: { ...QUICK, refork: { requests: [10, 40], whenItPays: true, cooldown: '100ms' } },
    })
    for (const [generation, requests] of [[1, 10], [2, 40]] as const) {
      await waitFor(async () => {
        await primary.get()
        return primary.count('refork') >= generation
      }, DEADLINE_MS, 'a refork has ended').catch((error: Error) => assert.fail(explained(primary, error.message)))
      const decision = acted(primary).at(-1)
      assert.deepEqual([decision?.action, decision?.reason, decision?.limit], ['refork', 'refork_requests', requests])
      assert.ok((decision?.value ?? 0) >= requests)
      const refork = primary.told<Refork>('refork')[generation - 1]
      assert.deepEqual([refork?.status, refork?.generation], ['done', generation])
      await primary.isWhole()
    }
    await waitFor(() => primary.count('effect') > 0, DEADLINE_MS, 'what it brought is told')
  })

  it('reforks when it pays: memory that a worker has gained becomes memory of all', async () => {
    const primary = await MoldPrimary.start({
      workers: 2, watchdog: { ...QUICK, refork: { whenItPays: { atLeast: '50MB' }, cooldown: '100ms' } },
    })
    // Little by little: what counts is gained after the warm-up.
    await waitFor(async () => {
      await primary.get('/leak?mb=2')
      return acted(primary).length > 0
    }, DEADLINE_MS, 'there is a decision').catch((error: Error) => assert.fail(explained(primary, error.message)))
    await waitFor(() => primary.count('effect') > 0, DEADLINE_MS, 'its effect is told')
      .catch((error: Error) => assert.fail(explained(primary, error.message)))
    const [decision] = acted(primary)
    assert.deepEqual([decision?.action, decision?.reason, decision?.limit], ['refork', 'refork_pays', 50 * MB])
    const [effect] = primary.told<Effect>('effect')
    assert.equal(effect?.effective, true, explained(primary, 'it freed too little'))
    assert.ok((effect?.freed ?? 0) > 50 * MB, explained(primary, 'it freed too little'))
    await primary.isWhole()
  })

  it('replaces the one worker that has too much for itself by a copy of the mold', async () => {
    const primary = await MoldPrimary.start({ workers: 2, watchdog: { ...QUICK, workerUss: '100MB' } })
    const before = await primary.workers()
    const mold = await primary.mold()
    const large = Number(await primary.get('/leak?mb=150'))
    await waitFor(() => primary.count('effect') > 0, DEADLINE_MS, 'its effect is told')
      .catch((error: Error) => assert.fail(explained(primary, error.message)))
    const [decision] = acted(primary)
    assert.deepEqual([decision?.action, decision?.reason, decision?.worker?.pid], ['recycle', 'worker_limit', large])
    // It may have been looked at as it grew.
    assert.ok((decision?.value ?? 0) >= (decision?.limit ?? Infinity))
    const [effect] = primary.told<Effect>('effect')
    assert.equal(effect?.effective, true)
    await primary.isWhole()
    const after = await primary.workers()
    const other = before.find(({ pid }) => pid !== large)
    assert.ok(after.some(({ pid }) => pid === other?.pid), 'the other one serves on')
    assert.equal(after.some(({ pid }) => pid === large), false)
    assert.deepEqual([await primary.mold(), acted(primary).length, primary.count('refork')], [mold, 1, 0])
  })
})
