/** Molds and workers are killed at random while the pool is copied anew. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { runLoad, type LoadResult } from '../support/load_client.ts'
import { MoldPrimary, stopMoldPrimaries } from '../support/mold_primary.ts'
import { needsForks } from '../fork/support/run_program.ts'

const ACTS = 12
const MAX_PAUSE_MS = 300

describe('a pool of copies whose processes are killed at random', () => {
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  it('is whole in the end, and serves', async () => {
    const primary = await MoldPrimary.start({ workers: 3, startBackoff: 1, maxStartBackoff: 50, restarts: { max: 1000 } })
    const stop = new AbortController()
    const results: LoadResult[] = []
    const load = runLoad({ port: primary.port, keepAlive: false, concurrency: 2, signal: stop.signal, timeoutMs: 2000 }, results)
    const reforks: Promise<unknown>[] = []
    for (let act = 0; act < ACTS; act++) {
      if (act % 2 === 0) reforks.push(primary.refork())
      await sleep(Math.random() * MAX_PAUSE_MS)
      const pids = [...primary.children().keys()]
      const victim = act % 3 === 0 ? await primary.mold() : pids[Math.floor(Math.random() * pids.length)]
      if (victim !== undefined) kill(victim)
    }
    await Promise.all(reforks)
    await primary.isWhole(3)
    stop.abort()
    await load
    assert.match(await primary.get(), /^\d+$/)
    await primary.close()
    await primary.isGone()
  })
})

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
