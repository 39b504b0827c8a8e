import { steadily } from './support/steadily.ts'
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { readMappings, readSmaps, scanProcesses } from '../src/index.ts'
import * as promises from '../src/promises.ts'
import { start, stopPrograms, suspend, type Started } from './support/programs.ts'
import { frozenTree } from './support/trees.ts'
import { within } from './support/wait_for.ts'

const DEADLINE_MS = 1000 * 20

/** Every asynchronous call, with a signal or without. */
const CALLS = {
  readSmaps: (signal?: AbortSignal) => promises.readSmaps(process.pid, signal ? { source: 'smaps', signal } : {}),
  readMappings: (signal?: AbortSignal) => promises.readMappings(process.pid, signal ? { signal } : {}),
  scanProcesses: (signal?: AbortSignal) => promises.scanProcesses(signal ? { source: 'smaps', signal } : {}),
  'scanProcesses with a filter': (signal?: AbortSignal) =>
    promises.scanProcesses({ filter: () => true, ...(signal ? { signal } : {}) }),
}

describe('a promise', () => {
  let program: Started
  before(async () => {
    program = await start('steady', ['--mappings', '50'])
    await suspend(program)
  })
  after(stopPrograms)

  it('has the figures that the call which blocks has', async () => {
    for (const source of ['rollup', 'smaps'] as const) {
      await steadily(async () => {
        const { costNs, pss, ...usage } = await promises.readSmaps(program.pid, { source })
        const { costNs: blocked, pss: otherPss, ...expected } = readSmaps(program.pid, { source })
        assert.deepEqual(usage, expected)
        assert.ok(costNs > 0 && blocked > 0 && pss !== undefined && otherPss !== undefined)
      })
    }
  })

  it('has the mappings that the call which blocks has', async () => {
    const identity = ({ start, end, perms, path,
      usage }: Awaited<ReturnType<typeof promises.readMappings>>[number]): unknown =>
      [start, end, perms, path, usage.rss, usage.anonymous]
    assert.deepEqual((await promises.readMappings(program.pid)).map(identity), readMappings(program.pid).map(identity))
  })

  it('has the rows that the scan which blocks has', async () => {
    const procRoot = frozenTree('linux-6.18')
    const timeless = (rows: ReturnType<typeof scanProcesses>): unknown =>
      rows.map(({ usage, costNs, ...row }) => ({ ...row, usage: usage && { ...usage, costNs: 0 }, timed: costNs > 0 }))
    assert.deepEqual(timeless(await promises.scanProcesses({ procRoot })), timeless(scanProcesses({ procRoot })))
  })

  it('is of this process when no pid is given', async () => {
    assert.ok(((await promises.readSmaps()).rss ?? 0) > 0)
    assert.ok((await promises.readMappings()).length > 0)
  })

  for (const [name, call] of Object.entries(CALLS)) {
    it(`of ${name} is rejected with the reason of a signal that has already aborted`, async () => {
      const reason = new Error('before')
      await assert.rejects(call(AbortSignal.abort(reason)), reason)
      await assert.rejects(call(AbortSignal.abort()), { name: 'AbortError' })
    })

    it(`of ${name} is rejected at once with the reason of a signal that aborts`, async () => {
      const abort = new AbortController()
      const reason = new Error('in flight')
      let settled = false
      const rejected = assert.rejects(call(abort.signal), reason).then(() => (settled = true))
      abort.abort(reason)
      // No turn of the event loop in between: nothing that happens in a thread can have settled it.
      for (let i = 0; i < 20 && !settled; i++) await Promise.resolve()
      assert.ok(settled, 'it waits for the read')
      await rejected
    })

    it(`of ${name} does not mind a signal that aborts later`, async () => {
      const abort = new AbortController()
      const result = await call(abort.signal)
      abort.abort()
      assert.ok(result)
    })

    it(`of ${name} leaves no listener on its signal`, async () => {
      const abort = new AbortController()
      const { signal } = abort
      let listeners = 0
      const add = signal.addEventListener.bind(signal)
      const remove = signal.removeEventListener.bind(signal)
      signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args))
      signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args))
      await call(signal)
      assert.equal(listeners, 0)
    })
  }

  it('rejects with any reason, be it no error', async () => {
    await assert.rejects(promises.readSmaps(process.pid, { signal: AbortSignal.abort('enough') }),
      (reason) => reason === 'enough')
  })

  it('is rejected by a timeout', async () => {
    const signal = AbortSignal.timeout(1)
    const reading = (async (): Promise<never> => {
      for (;;) await promises.scanProcesses({ signal })
    })()
    await assert.rejects(within(reading, DEADLINE_MS, 'the signal ends the scans'), { name: 'TimeoutError' })
  })

  it('may be one of a hundred at once', async () => {
    const results = await within(
      Promise.all(Array.from({ length: 100 }, (_, index) =>
        promises.readSmaps(index % 2 === 0 ? program.pid : process.pid,
          { source: index % 4 < 2 ? 'rollup' : 'smaps' }))),
      DEADLINE_MS, 'a hundred reads')
    const { rss } = readSmaps(program.pid)
    for (const [index, usage] of results.entries()) {
      assert.equal(usage.source, index % 4 < 2 ? 'rollup' : 'smaps')
      if (index % 2 === 0) assert.equal(usage.rss, rss)
    }
  })

  it('may be of many kinds at once, half of them aborted', async () => {
    const aborts = Array.from({ length: 10 }, () => new AbortController())
    const calls = aborts.map(({ signal }, index) =>
      Object.values(CALLS).map((call) => call(index % 2 === 0 ? signal : undefined)))
    for (const abort of aborts) abort.abort()
    const results = await within(Promise.allSettled(calls.flat()), DEADLINE_MS, 'all settle')
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 20)
  })
})

describe('the event loop', () => {
  after(stopPrograms)

  it('keeps turning while a process is read', async () => {
    const program = await start('steady', ['--mappings', '20000'])
    let turns = 0
    let reading = true
    const turning = (async () => {
      while (reading) {
        await sleep(0)
        turns++
      }
    })()
    const blocked = performance.now()
    readSmaps(program.pid, { source: 'smaps' })
    const blockedMs = performance.now() - blocked
    assert.equal(turns, 0)
    const results = await Promise.all([
      promises.readSmaps(program.pid, { source: 'smaps' }), promises.readSmaps(program.pid, { source: 'smaps' }),
      promises.readMappings(program.pid),
    ])
    reading = false
    await turning
    assert.ok((results[0].mappings ?? 0) >= 20000)
    assert.ok(turns >= 5, `${turns} turns, for reads that block for ${blockedMs} ms`)
  })
})
