import assert from 'node:assert/strict'
import { isNative } from '../support/backends.ts'
import { gonePid, start, stopPrograms } from '../support/programs.ts'
import { evaluate } from '../support/run_script.ts'
import { skip } from '../support/skip.ts'
import { frozenTree } from '../support/trees.ts'

const DEADLINE_MS = 1000 * 55
const MB = 1024 ** 2

/*
 * What a call would lose decides the tolerances. A descriptor shows after one call; 16 bytes of malloc or of V8, which
 * give no less, show after a million calls as 16 MB, and in the heap after a full collection much earlier. Where a loop
 * makes garbage, RSS wavers by V8's semi-spaces, up to 48 MB; a lost buffer of 4 KiB a round shows above that in
 * 20,000 rounds, and in the sizes of the heap and of the array buffers, which do not waver, long before.
 */
const RSS_TOLERANCE = 8 * MB
const RSS_TOLERANCE_WITH_GARBAGE = 64 * MB
const HEAP_TOLERANCE = 1 * MB

interface Growth {
  readonly descriptors: number
  readonly rss: number
  readonly heap: number
}

/** Runs `round` `count` times in a process of its own after a warm-up, and measures what that left behind. */
function growth(setUp: string, round: string, count: number, warmUp: number): Promise<Growth> {
  return evaluate<Growth>(`
    import { readdirSync } from 'node:fs'
    import { setImmediate } from 'node:timers/promises'
    import { openProcess, readMappings, readSmaps, readSmapsInto, scanProcesses, Field } from './src/index.ts'
    import * as promises from './src/promises.ts'
    const target = new Float64Array(Field.length)
    ${setUp}
    const heapAndBuffers = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
    const run = async (count) => { for (let i = 0; i < count; i++) { ${round} } }
    const measure = async () => {
      for (let i = 0; i < 3; i++) { globalThis.gc(); await setImmediate() }
      return {
        descriptors: readdirSync('/proc/self/fd').length, rss: readSmaps().rss, heap: heapAndBuffers(),
      }
    }
    await run(${warmUp})
    const before = await measure()
    await run(${count})
    const after = await measure()
    report({
      descriptors: after.descriptors - before.descriptors, rss: after.rss - before.rss, heap: after.heap - before.heap,
    })
  `, { nodeOptions: ['--expose-gc'], deadlineMs: DEADLINE_MS })
}

function assertFlat({ descriptors, rss, heap }: Growth, rssTolerance = RSS_TOLERANCE_WITH_GARBAGE): void {
  assert.equal(descriptors, 0, 'descriptors stay open')
  assert.ok(heap < HEAP_TOLERANCE, `the heap grew by ${heap} bytes`)
  assert.ok(rss < rssTolerance, `RSS grew by ${rss} bytes`)
}

describe('a long run', () => {
  afterEach(stopPrograms)

  it('of a million readings collects no garbage, for it makes none', async function () {
    if (!isNative()) skip(this, 'the TypeScript backend does not promise that')
    const { pid } = await start('steady')
    const result = await evaluate<Growth & { readonly collections: number, readonly seen: number,
      readonly failed: number }>(`
      import { readdirSync } from 'node:fs'
      import { PerformanceObserver, performance } from 'node:perf_hooks'
      import { setTimeout } from 'node:timers/promises'
      import { readSmaps, readSmapsInto, Field } from './src/index.ts'
      const starts = []
      new PerformanceObserver((list) =>
        starts.push(...list.getEntries().map((entry) => entry.startTime))).observe({ entryTypes: ['gc'] })
      const target = new Float64Array(Field.length)
      const run = (count) => { let failed = 0; for (let i = 0; i < count; i++) failed |= readSmapsInto(target,
        ${pid}); return failed }
      const descriptors = () => readdirSync('/proc/self/fd').length
      run(20000)
      globalThis.gc()
      await setTimeout(20)
      run(1000)
      const before = { descriptors: descriptors(), rss: readSmaps().rss, heap: process.memoryUsage().heapUsed }
      const from = performance.now()
      const failed = run(1e6)
      const to = performance.now()
      const after = { descriptors: descriptors(), rss: readSmaps().rss, heap: process.memoryUsage().heapUsed }
      globalThis.gc()
      while (!starts.some((time) => time > to)) await setTimeout(5)
      report({
        failed, collections: starts.filter((time) => time >= from && time <= to).length, seen: starts.length,
        descriptors: after.descriptors - before.descriptors, rss: after.rss - before.rss,
          heap: after.heap - before.heap,
      })
    `, { nodeOptions: ['--expose-gc'], deadlineMs: DEADLINE_MS })
    assert.equal(result.failed, 0)
    assert.ok(result.seen >= 1, 'collections can be observed at all')
    assert.equal(result.collections, 0, 'garbage was collected')
    assertFlat(result, RSS_TOLERANCE)
  })

  it('of readings of which every second one fails loses nothing', async () => {
    const { pid } = await start('steady')
    const gone = await gonePid()
    const count = isNative() ? 200000 : 10000
    assertFlat(await growth('', `readSmapsInto(target, i % 2 === 0 ? ${pid} : ${gone}, i % 4 < 2 ? 'rollup' : 'smaps')`,
      count, 5000),
      isNative() ? RSS_TOLERANCE : RSS_TOLERANCE_WITH_GARBAGE)
  })

  it('of thrown errors, objects and handles loses nothing', async () => {
    const { pid } = await start('steady')
    const gone = await gonePid()
    assertFlat(await growth('', `
      readSmaps(${pid})
      readMappings(${pid})
      try { readSmaps(${gone}) } catch {}
      const handle = openProcess(${pid})
      handle.rss()
      handle.readInto(target)
      handle.close()
    `, isNative() ? 4000 : 1500, 1000))
  })

  it('of promises loses nothing, kept, broken or aborted', async () => {
    const { pid } = await start('steady')
    const gone = await gonePid()
    assertFlat(await growth('const quiet = () => undefined', `
      const abort = new AbortController()
      const aborted = promises.readSmaps(${pid}, { signal: abort.signal }).catch(quiet)
      abort.abort()
      await Promise.all([
        aborted, promises.readSmaps(${pid}), promises.readMappings(${pid}), promises.readSmaps(${gone}).catch(quiet),
      ])
    `, isNative() ? 3000 : 1000, 1000))
  })

  it('of scans loses nothing', async () => {
    const procRoot = JSON.stringify(frozenTree('linux-6.18'))
    assertFlat(await growth(`const procRoot = ${procRoot}, filter = ({ pid }) => pid > 1`, `
      scanProcesses({ procRoot, filter, threads: 3, mappings: true })
      await promises.scanProcesses({ procRoot, filter })
    `, isNative() ? 2000 : 300, 300))
  })

  it('of handles that nobody closes gives their descriptors back to the collector', async function () {
    if (!isNative()) skip(this, 'the TypeScript backend cannot promise that: it has no finalizers')
    const left = await evaluate<{ readonly most: number, readonly last: number }>(`
      import { readdirSync } from 'node:fs'
      import { setTimeout } from 'node:timers/promises'
      import { openProcess } from './src/index.ts'
      const count = () => readdirSync('/proc/self/fd').length
      const before = count()
      const open = () => { for (let i = 0; i < 100; i++) openProcess(process.pid).rss() }
      open()
      const most = count() - before
      for (let i = 0; i < 500 && count() > before; i++) { globalThis.gc(); await setTimeout(10) }
      report({ most, last: count() - before })
    `, { nodeOptions: ['--expose-gc'] })
    // Node itself may close one or the other meanwhile.
    assert.ok(left.most >= 190 && left.last <= 0, JSON.stringify(left))
  })
})
