import assert from 'node:assert/strict'
import { PoolEngine } from '../../src/pool/index.ts'
import { FakePool } from './fake_pool.ts'

describe('the pool engine', () => {
  describe('a worker that is recycled', () => {
    it('drains only when its replacement is ready, which takes over its slot', async () => {
      const pool = new FakePool({}, 2)
      const outcome = pool.engine.recycle(1)
      pool.tick()
      assert.deepEqual(pool.ids('starting'), [3])
      pool.pass(499)
      assert.deepEqual(pool.ids('serving'), [1, 2])
      pool.pass(1)
      assert.deepEqual([pool.ids('draining'), pool.ids('serving')], [[1], [2, 3]])
      pool.pass(1000)
      assert.deepEqual(await outcome, {
        status: 'done', replaced: [{ slot: 0, oldId: 1, newId: 3 }], kept: [], failure: undefined, tookMs: 1500,
      })
      assert.deepEqual(pool.log, ['0 spawn 3 slot 0 gen 0', '500 drain 1'])
      assert.deepEqual(pool.told('exit').map(({ wanted }) => wanted), [true])
      assert.deepEqual(pool.told('replaced'), [{ slot: 0, oldId: 1, newId: 3 }])
      assert.ok(pool.isWhole())
    })

    it('is the same request when it is asked for twice', async () => {
      const pool = new FakePool({}, 1)
      const outcome = pool.engine.recycle(1)
      assert.equal(pool.engine.recycle(1), outcome)
      pool.tick()
      pool.pass(5000)
      assert.equal((await outcome).replaced.length, 1)
      assert.deepEqual(pool.engine.workers().map(({ id }) => id), [2])
    })

    it('must be known', () => {
      const pool = new FakePool({}, 1)
      assert.throws(() => pool.engine.recycle(99), { name: 'RangeError', message: 'no worker of the pool has the id 99: it has ended, or never was' })
    })

    it('is waited for when it is on its way out already', async () => {
      const pool = new FakePool({}, 1)
      const first = pool.engine.roll()
      pool.tick()
      pool.pass(700)
      assert.deepEqual(pool.ids('draining'), [1])
      const second = pool.engine.recycle(1)
      pool.pass(5000)
      assert.deepEqual((await second).replaced, [{ slot: 0, oldId: 1, newId: 2 }])
      assert.deepEqual((await first).replaced, (await second).replaced)
      assert.equal(pool.spawnTimes.length, 1)
    })

    it('is waited for when it is a replacement that never came up', async () => {
      const pool = new FakePool({ startTimeout: '10s', maxStartFailures: 1 }, 1)
      Object.assign(pool.behaviour, { startMs: Infinity, termMs: 5000 })
      void pool.engine.recycle(1)
      pool.tick()
      pool.pass(12_000)
      assert.deepEqual([pool.ids('serving'), pool.ids('terminating')], [[1], [2]])
      const outcome = pool.engine.recycle(2)
      pool.pass(5000)
      assert.deepEqual([(await outcome).status, (await outcome).replaced, (await outcome).tookMs], ['done', [], 3000])
      assert.deepEqual(pool.ids(), [1])
    })

    it('counts as replaced when it dies before its replacement is ready', async () => {
      const pool = new FakePool({}, 1)
      const outcome = pool.engine.recycle(1)
      pool.tick()
      pool.crash(1)
      assert.deepEqual(pool.spawnTimes.length, 1)
      pool.pass(500)
      assert.deepEqual((await outcome).replaced, [{ slot: 0, oldId: 1, newId: 2 }])
      assert.ok(pool.isWhole())
    })

    it('may be one that is starting', async () => {
      const pool = new FakePool({})
      const id = pool.adopt({ ready: false })
      pool.tick()
      const outcome = pool.engine.recycle(id)
      pool.pass(5000)
      assert.equal((await outcome).status, 'done')
      assert.ok(pool.isWhole() && !pool.processes.has(id))
    })

    it('may be the replacement of another that is starting', async () => {
      const pool = new FakePool({}, 1)
      const first = pool.engine.recycle(1)
      pool.tick()
      const second = pool.engine.recycle(2)
      pool.pass(10_000)
      assert.deepEqual((await first).replaced, [{ slot: 0, oldId: 1, newId: 2 }])
      assert.deepEqual((await second).replaced, [{ slot: 0, oldId: 2, newId: 3 }])
    })
  })

  describe('a roll', () => {
    it('replaces all, one after the other, and opens a generation', async () => {
      const pool = new FakePool({}, 3)
      const outcome = pool.engine.roll()
      pool.tick()
      pool.pass(10_000)
      const { status, replaced, tookMs } = await outcome
      assert.deepEqual([status, tookMs], ['done', 4500])
      assert.deepEqual(replaced.map(({ oldId, newId }) => [oldId, newId]), [[1, 4], [2, 5], [3, 6]])
      assert.deepEqual(pool.engine.workers().map(({ generation }) => generation), [1, 1, 1])
      assert.deepEqual([pool.mostLive, pool.mostDown], [4, 0])
      assert.deepEqual(pool.told('rollStarted'), [{ generation: 1 }])
      assert.equal(pool.told('rollEnded').length, 1)
    })

    it('is the same while it is going on', () => {
      const pool = new FakePool({}, 2)
      assert.equal(pool.engine.roll(), pool.engine.roll())
      assert.equal(pool.engine.generation, 1)
    })

    it('ends at once in an empty pool', async () => {
      const pool = new FakePool({})
      assert.deepEqual(await pool.engine.roll(), { status: 'done', replaced: [], kept: [], failure: undefined, tookMs: 0 })
    })

    it('replaces each worker once, also those whose recycling was asked for', async () => {
      const pool = new FakePool({}, 4)
      const before = pool.engine.recycle(3)
      const roll = pool.engine.roll()
      const during = pool.engine.recycle(2)
      pool.tick()
      pool.pass(20_000)
      assert.deepEqual([(await before).status, (await during).status, (await roll).replaced.length], ['done', 'done', 4])
      assert.equal(pool.spawnTimes.length, 4)
    })

    it('gives up replacements of the old generation that are still starting', async () => {
      const pool = new FakePool({}, 2)
      const recycle = pool.engine.recycle(1)
      pool.tick()
      pool.pass(100)
      const roll = pool.engine.roll()
      pool.tick()
      assert.deepEqual(pool.ids('terminating'), [3])
      pool.pass(20_000)
      assert.deepEqual((await recycle).replaced, [{ slot: 0, oldId: 1, newId: 4 }])
      assert.equal((await roll).replaced.length, 2)
      assert.deepEqual(pool.engine.workers().map(({ generation }) => generation), [1, 1])
      assert.deepEqual(pool.told('startFailed'), [])
    })

    it('has several replacements at a time with a larger maxSurge, draining ones included', async () => {
      const pool = new FakePool({ maxSurge: 5 }, 20)
      const outcome = pool.engine.roll()
      pool.tick()
      assert.equal(pool.ids('starting').length, 5)
      pool.pass(60_000)
      assert.deepEqual([(await outcome).tookMs, pool.mostLive, pool.mostDown], [6000, 25, 0])
    })

    it('drains first with maxSurge 0, as many as maxUnavailable', async () => {
      const pool = new FakePool({ maxSurge: 0, maxUnavailable: 3 }, 9)
      const outcome = pool.engine.roll()
      pool.tick()
      assert.deepEqual([pool.ids('draining').length, pool.ids('serving').length], [3, 6])
      pool.pass(60_000)
      assert.deepEqual([(await outcome).tookMs, pool.mostLive, pool.mostDown], [4500, 9, 3])
      assert.ok(pool.isWhole())
    })

    it('uses both limits when both are given', async () => {
      const pool = new FakePool({ maxSurge: 1, maxUnavailable: 1 }, 6)
      const outcome = pool.engine.roll()
      pool.tick()
      pool.pass(60_000)
      assert.deepEqual([(await outcome).status, pool.mostLive, pool.mostDown], ['done', 7, 1])
      assert.ok((await outcome).tookMs < 9000)
    })

    it('of 200 workers keeps to its limits', async () => {
      const pool = new FakePool({ maxSurge: 20 }, 200)
      const outcome = pool.engine.roll()
      pool.tick()
      pool.pass(60_000)
      assert.deepEqual([(await outcome).replaced.length, pool.mostLive, pool.mostDown], [200, 220, 0])
      assert.ok(pool.isWhole())
    })

    it('leaves workers alone that come while it is going on, as they are new', async () => {
      const pool = new FakePool({}, 2)
      const outcome = pool.engine.roll()
      pool.tick()
      pool.pass(200)
      const added = pool.adopt()
      pool.pass(20_000)
      assert.equal((await outcome).replaced.length, 2)
      assert.deepEqual([pool.engine.size, pool.processes.has(added), pool.isWhole()], [3, true, true])
    })

    it('goes on without workers that leave meanwhile', async () => {
      const pool = new FakePool({}, 3)
      const outcome = pool.engine.roll()
      pool.tick()
      pool.pass(200)
      pool.release(1)
      pool.exit(1, 0)
      pool.release(3)
      pool.exit(3, 0)
      pool.pass(20_000)
      assert.deepEqual((await outcome).replaced, [
        { slot: 0, oldId: 1, newId: undefined }, { slot: 1, oldId: 2, newId: 5 }, { slot: 2, oldId: 3, newId: undefined },
      ])
      assert.deepEqual([pool.engine.size, pool.isWhole()], [1, true])
    })
  })

  describe('stopping', () => {
    it('gives up a replacement that starts, and lets one that drains go', async () => {
      const pool = new FakePool({ maxSurge: 2 }, 3)
      pool.behaviour.startMs = 500
      const roll = pool.engine.roll()
      pool.tick()
      pool.behaviour.startMs = 5000
      pool.pass(600)
      pool.engine.stopRolling()
      pool.tick()
      const { status, replaced, kept } = await roll
      assert.deepEqual([status, replaced, kept], ['stopped', [{ slot: 0, oldId: 1, newId: 4 }, { slot: 1, oldId: 2, newId: 5 }], [3]])
      pool.pass(20_000)
      assert.deepEqual(pool.ids().sort(), [3, 4, 5])
      assert.ok(pool.isWhole())
    })

    it('ends all recycles too', async () => {
      const pool = new FakePool({}, 2)
      const outcomes = [pool.engine.recycle(1), pool.engine.recycle(2)]
      pool.tick()
      pool.engine.stopRolling()
      pool.pass(5000)
      for (const outcome of outcomes) assert.equal((await outcome).status, 'stopped')
      assert.deepEqual(pool.ids(), [1, 2])
      assert.deepEqual(pool.told('forced'), [])
    })

    it('holds for a replacement that becomes ready, or late, before the next tick', () => {
      for (const isReady of [true, false]) {
        const pool = new FakePool({ startTimeout: '10s' }, 1)
        pool.behaviour.startMs = Infinity
        void pool.engine.recycle(1)
        pool.tick()
        pool.pass(9999)
        pool.engine.stopRolling()
        pool.now++
        if (isReady) pool.engine.ready(2)
        pool.tick()
        assert.deepEqual([pool.ids('serving'), pool.log.at(-1)], [[1], '10000 SIGTERM 2'])
        assert.deepEqual([pool.told('startFailed'), pool.told('forced'), pool.told('ready').length], [[], [], 1])
      }
    })

    it('fills the slot of a worker that was taken down already', async () => {
      const pool = new FakePool({ maxSurge: 0, maxUnavailable: 1 }, 2)
      const roll = pool.engine.roll()
      pool.tick()
      pool.engine.stopRolling()
      assert.deepEqual([(await roll).replaced, (await roll).kept], [[{ slot: 0, oldId: 1, newId: undefined }], [2]])
      pool.pass(20_000)
      assert.ok(pool.isWhole())
    })

    it('by close ends what is going on, and does nothing from then on', async () => {
      const pool = new FakePool({}, 2)
      const roll = pool.engine.roll()
      pool.tick()
      pool.engine.close()
      assert.equal((await roll).status, 'stopped')
      assert.ok(pool.log.includes('0 SIGTERM 3'))
      assert.deepEqual([(await pool.engine.recycle(1)).status, (await pool.engine.roll()).kept], ['stopped', [1, 2]])
      assert.equal(pool.engine.tick(), undefined)
      pool.engine.close()
      assert.equal(pool.told('rollStarted').length, 1)
      assert.deepEqual([pool.engine.generation, pool.spawnTimes.length], [1, 1])
    })
  })

  describe('workers of others', () => {
    it('fill the slot that is vacant, before the engine does', () => {
      const pool = new FakePool({}, 3)
      pool.exit(2)
      pool.adopt({ ready: false })
      pool.tick()
      assert.equal(pool.spawnTimes.length, 0)
      pool.pass(1000)
      assert.deepEqual(pool.engine.workers().map(({ id, slot }) => [id, slot]), [[1, 0], [3, 2], [4, 1]])
      assert.deepEqual(pool.told('replaced'), [{ slot: 1, oldId: 2, newId: 4 }])
    })

    it('get the slot they ask for when it is vacant, and another when it is not', () => {
      const pool = new FakePool({}, 1)
      pool.adopt({ slot: 7 })
      pool.adopt({ slot: 7 })
      pool.adopt({ slot: 0 })
      assert.deepEqual(pool.engine.workers().map(({ slot }) => slot), [0, 7, 1, 2])
      assert.throws(() => pool.engine.adopt(1, { ready: true }), { name: 'RangeError', message: 'worker 1 is in the pool already' })
    })

    it('are drained when they are surplus', () => {
      const pool = new FakePool({}, 2)
      const id = pool.adopt({ surplus: true })
      pool.tick()
      assert.deepEqual([pool.ids('draining'), pool.engine.size], [[id], 2])
      pool.pass(2000)
      assert.ok(pool.isWhole())
    })

    it('that are not ready in time are told of and left alone', () => {
      const pool = new FakePool({})
      pool.behaviour.startMs = Infinity
      pool.adopt({ ready: false })
      pool.tick()
      pool.pass(3_600_000)
      assert.deepEqual(pool.told('warning'), ['worker 1 (pid 1001) was not ready within 1m: it is left alone, and counts as serving only when it is ready'])
      assert.deepEqual(pool.log, [])
    })

    it('that leave of their own will are not replaced', () => {
      const pool = new FakePool({}, 3)
      pool.release(2)
      pool.exit(2, 0)
      pool.pass(100_000)
      assert.deepEqual([pool.engine.size, pool.ids(), pool.spawnTimes], [2, [1, 3], []])
      assert.deepEqual(pool.told('exit').map(({ wanted }) => wanted), [false])
    })

    it('that leave of their own will are not pressed, whatever they say', () => {
      const pool = new FakePool({}, 2)
      pool.release(2)
      pool.engine.drained(2)
      pool.engine.ready(2)
      pool.tick()
      pool.pass(100_000)
      assert.deepEqual([pool.log, pool.ids('draining'), pool.engine.size], [[], [2], 1])
    })

    it('that have left already are not waited for', async () => {
      const pool = new FakePool({}, 2)
      pool.release(2)
      const { status, replaced } = await pool.engine.recycle(2)
      assert.deepEqual([status, replaced], ['done', [{ slot: 1, oldId: 2, newId: undefined }]])
    })

    it('that have left do not count towards the limit', async () => {
      const pool = new FakePool({}, 3)
      pool.release(3)
      const outcome = pool.engine.roll()
      pool.tick()
      pool.pass(10_000)
      assert.equal((await outcome).replaced.length, 2)
      assert.deepEqual(pool.ids(), [3, 4, 5])
    })

    it('that leave while they are replaced take their replacement with them', async () => {
      const pool = new FakePool({}, 2)
      const outcome = pool.engine.recycle(1)
      pool.tick()
      pool.release(1)
      pool.exit(1, 0)
      pool.pass(5000)
      assert.deepEqual([(await outcome).status, pool.engine.size, pool.ids()], ['done', 1, [2]])
    })

    it('may be a replacement that somebody makes leave: its start has failed', async () => {
      const pool = new FakePool({}, 1)
      const outcome = pool.engine.recycle(1)
      pool.tick()
      pool.release(2)
      pool.exit(2, 0)
      pool.pass(10_000)
      assert.match(pool.told('startFailed')[0]?.reason ?? '', /^worker 2 \(pid 1002\) was made to leave before it was ready$/)
      assert.deepEqual((await outcome).replaced, [{ slot: 0, oldId: 1, newId: 3 }])
    })
  })

  it('fills the slots that it is grown by', () => {
    const pool = new FakePool({}, 1)
    pool.engine.grow(4)
    pool.tick()
    assert.equal(pool.ids('starting').length, 3)
    pool.pass(500)
    pool.engine.grow(2)
    assert.deepEqual([pool.isWhole(), pool.engine.size], [true, 4])
  })

  it('knows whether a vacant slot may be filled, which is not so before the back-off is over', () => {
    const failing = new FakePool({ startBackoff: '1s' }, 0)
    failing.behaviour.crashMs = 0
    failing.grow(1)
    failing.pass(500)
    assert.equal(failing.engine.mayFill, false)
    failing.now = 1000
    assert.equal(failing.engine.mayFill, true)

    const pool = new FakePool({ maxSurge: 0, maxUnavailable: 2 }, 3)
    assert.equal(pool.engine.mayFill, false)
    void pool.engine.roll()
    pool.tick()
    assert.equal(pool.engine.mayFill, true)
  })

  it('waits no longer than timers can', () => {
    const pool = new FakePool({ startBackoff: '1000h', maxStartBackoff: '1000h' }, 1)
    pool.behaviour.crashMs = 0
    pool.crash(1)
    pool.pass(0)
    assert.equal(pool.engine.tick(), 3_600_000)
    pool.pass(999 * 3_600_000)
    assert.equal(pool.spawnTimes.length, 1)
    pool.pass(2 * 3_600_000)
    assert.equal(pool.spawnTimes.length, 2)
  })

  it('keeps what a worker reports', () => {
    const pool = new FakePool({}, 1)
    const heap = { usedHeapSize: 1, totalHeapSize: 2, heapSizeLimit: 3, externalMemory: 4, mallocedMemory: 5 }
    pool.engine.report(1, { at: 7, requests: 9, heap })
    assert.deepEqual(pool.engine.workers()[0]?.report, { at: 7, requests: 9, heap })
  })

  it('ignores messages from workers that have gone, that come twice, or at the wrong time', () => {
    const pool = new FakePool({}, 1)
    for (const id of [1, 99]) {
      pool.engine.ready(id)
      pool.engine.drained(id)
    }
    pool.engine.exited(99, 0, null)
    pool.engine.release(99)
    pool.tick()
    assert.deepEqual([pool.ids('serving'), pool.told('ready').length, pool.told('exit').length], [[1], 1, 0])
  })

  it('asks for no tick when there is nothing to wait for', () => {
    const pool = new FakePool({}, 3)
    assert.equal(pool.engine.tick(), undefined)
  })

  it('lets listeners call it, and tells in order what comes of it', () => {
    const names: string[] = []
    let depth = 0
    const pool = new FakePool({}, 1)
    const engine = new PoolEngine({
      driver: pool, clock: () => 0,
      emit: (name, ..._event) => {
        names.push(name)
        assert.equal(depth++, 0, 'no listener is called while another one runs')
        if (name === 'ready') void engine.roll()
        if (name === 'rollStarted') engine.stopRolling()
        depth--
      },
    })
    engine.adopt(1, { ready: true })
    assert.deepEqual(names, ['ready', 'rollStarted', 'rollEnded'])
  })

  it('tells what is left after a listener has thrown', () => {
    const names: string[] = []
    const engine = new PoolEngine({
      driver: new FakePool(), clock: () => 0,
      emit: (name, ..._event) => {
        names.push(name)
        if (name === 'rollStarted') throw new Error('of a listener')
      },
    })
    assert.throws(() => void engine.roll(), /of a listener/)
    engine.tick()
    assert.deepEqual(names, ['rollStarted', 'rollEnded'])
  })

  it('takes limits only that it knows', () => {
    assert.throws(() => new FakePool({ maxSurges: 1 } as object), { name: 'TypeError', message: 'unknown option "maxSurges" of the pool: did you mean "maxSurge"?' })
  })
})
