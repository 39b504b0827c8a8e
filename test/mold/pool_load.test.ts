/** No request is lost while workers are copied anew. */
import assert from 'node:assert/strict'
import { runLoad, type LoadOptions, type LoadResult } from '../support/load_client.ts'
import { MoldPrimary, stopMoldPrimaries } from '../support/mold_primary.ts'
import { needsForks } from '../fork/support/run_program.ts'

const REFORKS = 3

describe('a pool of copies under load', () => {
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  it(`loses no request over ${REFORKS} reforks, a recycle and its end`, async () => {
    const primary = await MoldPrimary.start({ workers: 3 })
    const stop = new AbortController()
    const common = { port: primary.port, signal: stop.signal, concurrency: 4 }
    const loads: LoadOptions[] = [
      { ...common, keepAlive: true }, { ...common, keepAlive: false },
      { ...common, keepAlive: true, path: '/?ms=20' }, { ...common, keepAlive: false, path: '/?ms=20' },
    ]
    const results: LoadResult[] = []
    const running = loads.map((load) => runLoad(load, results))
    for (let turn = 1; turn <= REFORKS; turn++) {
      const { status, failure, generation } = await primary.refork()
      assert.deepEqual([status, failure, generation], ['done', undefined, turn])
    }
    const [first] = await primary.workers()
    assert.equal((await primary.recycle(first?.id ?? 0)).status, 'done')
    stop.abort()
    await Promise.all(running)
    for (const [place, { failures }] of results.entries()) {
      assert.deepEqual([...failures], [], `failures of load ${place}`)
    }
    const pids = new Set(results.flatMap((result) => [...result.pids.keys()]))
    assert.ok(pids.size > 3 * REFORKS, 'workers of each generation have answered')
    await primary.isWhole(3)
    assert.equal(primary.count('forced'), 0)
    assert.deepEqual(primary.warnings(), [])
    await primary.close()
    await primary.isGone()
  })
})
