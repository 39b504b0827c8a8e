/** A pool of copies that is copied anew every few seconds, under constant load: no request is lost, and nothing grows. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSmapsAsync } from '../../src/smaps/index.ts'
import { needsForks } from '../fork/support/run_program.ts'
import { runLoad, type LoadOptions, type LoadResult } from '../support/load_client.ts'
import { MoldPrimary, stopMoldPrimaries } from '../support/mold_primary.ts'
import { checkGrowth, describeGrowth, type Footprint } from './support/growth.ts'

const MINUTES = Number(process.env['SMEM_TS_SOAK_MINUTES'] ?? 10)
/** Of the application; 3,000,000 are some 500 MB. */
const OBJECTS = Number(process.env['SMEM_TS_SOAK_OBJECTS'] ?? 500_000)
const REFORK_EVERY_MS = 1000 * 5
const WORKERS = 3
const MINUTE_MS = 1000 * 60

describe(`a pool of copies under load for ${MINUTES} minutes, on Node ${process.version}`, function () {
  this.timeout((MINUTES + 5) * MINUTE_MS)

  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  it('loses no request, and neither its molds nor its supervisor grow', async () => {
    const primary = await MoldPrimary.start({ workers: WORKERS, env: { APP_OBJECTS: String(OBJECTS) } })
    const stop = new AbortController()
    const common = { port: primary.port, signal: stop.signal, concurrency: 2 }
    const loads: LoadOptions[] = [
      { ...common, keepAlive: true, path: '/work?ms=5' }, { ...common, keepAlive: true, path: '/work?ms=50' },
      { ...common, keepAlive: false, path: '/?ms=10' },
    ]
    const results: LoadResult[] = []
    const running = loads.map((load) => runLoad(load, results))
    const [supervisors, molds, tookMs]: [Footprint[], Footprint[], number[]] = [[], [], []]
    const endAt = performance.now() + MINUTES * MINUTE_MS
    while (performance.now() < endAt) {
      const nextAt = performance.now() + REFORK_EVERY_MS
      const refork = await primary.refork()
      assert.deepEqual([refork.status, refork.failure], ['done', undefined])
      await primary.isWhole(WORKERS)
      tookMs.push(refork.tookMs)
      supervisors.push(await footprintOf(primary.pid))
      molds.push(await footprintOf(await primary.mold() ?? 0))
      await sleep(nextAt - performance.now())
    }
    stop.abort()
    await Promise.all(running)

    console.log(`      ${results.reduce((sum, { requests }) => sum + requests, 0)} requests, ${tookMs.length} reforks, of `
      + `${Math.round(Math.min(...tookMs))} to ${Math.round(Math.max(...tookMs))} ms`)
    for (const [who, footprints] of [['supervisor', supervisors], ['mold', molds]] as const) {
      for (const line of describeGrowth(footprints)) console.log(`      ${who}: ${line}`)
    }
    for (const [place, { failures }] of results.entries()) assert.deepEqual([...failures], [], `failures of load ${place}`)
    assert.deepEqual([primary.warnings(), primary.count('forced'), primary.count('startFailed')], [[], 0, 0])
    checkGrowth('the supervisor', supervisors)
    checkGrowth('the mold', molds)
    await primary.close()
    await primary.isGone()
  })
})

async function footprintOf(pid: number): Promise<Footprint> {
  const { rss = NaN, uss = NaN } = await readSmapsAsync(pid)
  return {
    rss, uss, descriptors: readdirSync(`/proc/${pid}/fd`).length, threads: readdirSync(`/proc/${pid}/task`).length,
    mappings: readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n').length,
  }
}
