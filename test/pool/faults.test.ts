import assert from 'node:assert/strict'
import type { PoolLimitOptions, RollOutcome } from '../../src/pool/index.ts'
import { FakePool } from './fake_pool.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

function rollOf(pool: FakePool): Promise<RollOutcome> {
  const outcome = pool.engine.roll()
  pool.tick()
  return outcome
}

describe('the pool engine, when things go wrong', () => {
  describe('a replacement', () => {
    it('that fails pauses its roll, and no other request', () => {
      const pool = new FakePool({}, 3)
      pool.behaviour.crashMs = 0
      void rollOf(pool)
      pool.pass(10)
      pool.behaviour.crashMs = Infinity
      void pool.engine.recycle(3)
      pool.tick()
      assert.deepEqual(pool.log, ['0 spawn 4 slot 0 gen 1', '10 spawn 5 slot 2 gen 1'])
    })

    it('that crashes at once is tried again later and later, then the old ones serve on', async () => {
      // The old ones have served well, but came before the failures.
      const pool = new FakePool({ stableAfter: 0 }, 3)
      pool.pass(1)
      pool.behaviour.crashMs = 0
      const rolling = rollOf(pool)
      pool.pass(MINUTE)
      const outcome = await rolling
      assert.equal(outcome.status, 'failed')
      assert.equal(outcome.failure, '3 starts in a row failed, the last one in slot 0: worker 6 (pid 1006) ended with exit code 1 before it was ready')
      assert.deepEqual([outcome.kept, outcome.replaced], [[1, 2, 3], []])
      assert.deepEqual(pool.spawnTimes, [1, 1001, 3001])
      assert.deepEqual(pool.told('startFailed').map(({ retryInMs }) => retryInMs), [1000, 2000, Infinity])
      assert.deepEqual(pool.ids(), [1, 2, 3])
    })

    it('that cannot be spawned at all is a failed start too', async () => {
      const pool = new FakePool({}, 1)
      pool.behaviour.throws = true
      const outcome = rollOf(pool)
      pool.pass(MINUTE)
      assert.match((await outcome).failure ?? '', /in slot 0: it could not be started: no more processes$/)
      assert.deepEqual(pool.ids('serving'), [1])
    })

    it('whose failure ends the roll takes those with it that start at the same time', async () => {
      const pool = new FakePool({ maxSurge: 2, maxStartFailures: 1 }, 3)
      const spawn = pool.spawn.bind(pool)
      pool.spawn = (slot, generation) => {
        pool.behaviour.throws = slot === 1
        return spawn(slot, generation)
      }
      const outcome = await rollOf(pool)
      assert.equal(outcome.failure, 'a start failed in slot 1: it could not be started: no more processes')
      assert.deepEqual(pool.log, ['0 spawn 4 slot 0 gen 1', '0 SIGTERM 4'])
      pool.pass(MINUTE)
      assert.deepEqual(pool.ids('serving'), [1, 2, 3])
    })

    it('may fail in each slot, as long as it is not too often in a row', async () => {
      const pool = new FakePool({}, 3)
      const spawn = pool.spawn.bind(pool)
      pool.spawn = (slot, generation) => {
        pool.behaviour.crashMs = pool.spawnTimes.length % 3 === 2 ? Infinity : 0
        return spawn(slot, generation)
      }
      const outcome = rollOf(pool)
      pool.pass(MINUTE)
      assert.deepEqual([(await outcome).status, pool.told('startFailed').length], ['done', 6])
    })

    it('that comes up at last is no failure', async () => {
      const pool = new FakePool({}, 2)
      pool.behaviour.crashMs = 10
      const outcome = rollOf(pool)
      pool.pass(2500)
      pool.behaviour.crashMs = Infinity
      pool.pass(MINUTE)
      assert.deepEqual([(await outcome).status, (await outcome).replaced.length, pool.isWhole()], ['done', 2, true])
    })

    it('that hangs before it is ready is ended, and counts as failed', async () => {
      const pool = new FakePool({ startTimeout: '10s' }, 1)
      pool.behaviour.startMs = Infinity
      const outcome = rollOf(pool)
      pool.pass(5 * MINUTE)
      assert.match((await outcome).failure ?? '', /^3 starts in a row failed, the last one in slot 0: worker 4 \(pid 1004\) was not ready within 10s$/)
      assert.deepEqual(pool.log.slice(0, 3), ['0 spawn 2 slot 0 gen 1', '10000 SIGTERM 2', '11000 spawn 3 slot 0 gen 1'])
      assert.deepEqual(pool.ids(), [1])
      assert.deepEqual(pool.told('forced').map(({ signal, reason }) => `${signal}: ${reason}`)[0], 'SIGTERM: was not ready within 10s')
    })

    it('that hangs and ignores SIGTERM is killed, and none is started above the limit meanwhile', async () => {
      const pool = new FakePool({ startTimeout: '10s', maxStartFailures: 2 }, 1)
      Object.assign(pool.behaviour, { startMs: Infinity, termMs: Infinity })
      const outcome = rollOf(pool)
      pool.pass(5 * MINUTE)
      assert.equal((await outcome).status, 'failed')
      assert.deepEqual(pool.log.slice(0, 4), ['0 spawn 2 slot 0 gen 1', '10000 SIGTERM 2', '20000 SIGKILL 2', '20010 spawn 3 slot 0 gen 1'])
      assert.equal(pool.mostLive, 2)
    })

    it('that fails after another has served well waits as short as the first time', () => {
      const pool = new FakePool({}, 1)
      for (const id of [1, 3]) {
        void pool.engine.recycle(id)
        pool.behaviour.crashMs = 10
        pool.tick()
        pool.pass(20)
        pool.behaviour.crashMs = Infinity
        pool.pass(MINUTE)
      }
      assert.deepEqual(pool.told('startFailed').map(({ retryInMs }) => retryInMs), [1000, 1000])
      assert.ok(pool.isWhole())
    })

    it('takes the place at once when the old one fails to start, which is no failure of the recycle', async () => {
      const pool = new FakePool({ maxStartFailures: 1 })
      pool.behaviour.crashMs = 100
      pool.adopt({ ready: false })
      pool.tick()
      pool.behaviour.crashMs = Infinity
      const outcome = pool.engine.recycle(1)
      pool.tick()
      pool.pass(200)
      assert.deepEqual(pool.told('startFailed').map(({ retryInMs }) => retryInMs), [0])
      assert.deepEqual([pool.ids('starting'), pool.spawnTimes.length], [[2], 1])
      pool.pass(MINUTE)
      assert.equal((await outcome).status, 'done')
    })

    it('whose start fails leaves the back-off to later recycles of its slot', () => {
      const pool = new FakePool({ maxStartFailures: 1 }, 1)
      pool.behaviour.crashMs = 0
      for (let i = 0; i < 4; i++) {
        void pool.engine.recycle(1)
        pool.tick()
        pool.pass(10)
        pool.pass(20_000)
      }
      void pool.engine.recycle(1)
      pool.tick()
      const failures = pool.told('startFailed').length
      assert.equal(failures, 4)
      pool.behaviour.crashMs = Infinity
      pool.pass(MINUTE)
      assert.ok(pool.isWhole())
    })
  })

  describe('an old worker', () => {
    it('whose drain never ends gets SIGTERM, then SIGKILL', async () => {
      const pool = new FakePool()
      Object.assign(pool.behaviour, { drainMs: Infinity, termMs: Infinity })
      pool.adopt()
      const outcome = rollOf(pool)
      pool.pass(MINUTE)
      assert.deepEqual(pool.log, ['0 spawn 2 slot 0 gen 1', '500 drain 1', '30500 SIGTERM 1', '40500 SIGKILL 1'])
      assert.equal((await outcome).tookMs, 40_510)
      assert.deepEqual(pool.told('forced').map(({ signal, reason }) => [signal, reason]), [
        ['SIGTERM', 'did not end within 30s of being asked to drain'], ['SIGKILL', 'did not end within 10s of SIGTERM'],
      ])
    })

    it('that says that it has drained and stays gets SIGTERM after the grace', () => {
      const pool = new FakePool()
      Object.assign(pool.behaviour, { lingers: true })
      pool.adopt()
      void rollOf(pool)
      pool.pass(MINUTE)
      assert.deepEqual(pool.log.slice(1), ['500 drain 1', '3500 SIGTERM 1'])
      assert.equal(pool.told('forced')[0]?.reason, 'said that it had drained, and did not end within 2s')
    })

    it('that has drained late has no time beyond drainTimeout', () => {
      const pool = new FakePool()
      Object.assign(pool.behaviour, { drainMs: 29_500, lingers: true })
      pool.adopt()
      void rollOf(pool)
      pool.pass(MINUTE)
      assert.deepEqual(pool.log.slice(1), ['500 drain 1', '30500 SIGTERM 1'])
    })

    it('that never dies is told of once and waited for', async () => {
      const pool = new FakePool()
      Object.assign(pool.behaviour, { drainMs: Infinity, termMs: Infinity, killMs: Infinity })
      pool.adopt()
      pool.adopt()
      const outcome = rollOf(pool)
      pool.pass(HOUR)
      assert.deepEqual(pool.told('warning'), ['worker 1 (pid 1001) did not end within 10s of SIGKILL: the kernel holds it, the pool waits for it'])
      assert.deepEqual([pool.spawnTimes.length, pool.mostLive], [1, 3])
      pool.crash(1)
      pool.pass(MINUTE)
      pool.crash(2)
      assert.deepEqual([(await outcome).status, pool.isWhole()], ['done', true])
    })

    it('that dies while it drains is simply gone', async () => {
      const pool = new FakePool({}, 2)
      const outcome = rollOf(pool)
      pool.pass(700)
      assert.deepEqual(pool.ids('draining'), [1])
      pool.crash(1)
      pool.pass(MINUTE)
      assert.deepEqual([(await outcome).replaced.length, pool.spawnTimes.length], [2, 2])
    })

    it('that dies before its turn counts as replaced by its restart', async () => {
      const pool = new FakePool({}, 3)
      const outcome = rollOf(pool)
      pool.crash(3)
      pool.pass(MINUTE)
      assert.deepEqual((await outcome).replaced.map(({ oldId }) => oldId), [1, 2, 3])
      assert.equal(pool.spawnTimes.length, 3)
      assert.deepEqual(pool.engine.workers().map(({ generation }) => generation), [1, 1, 1])
    })
  })

  // Each time of a roll with each worker that lives then.
  for (const limits of [{}, { maxSurge: 0, maxUnavailable: 1 }, { maxSurge: 5 }, { maxSurge: 1, maxUnavailable: 3 }] satisfies PoolLimitOptions[]) {
    it(`ends a roll and is whole when any worker is killed at any time, with ${JSON.stringify(limits)}`, async () => {
      for (let at = 0; at < 6000; at += 250) {
        for (let victim = 1; victim <= 6; victim++) {
          const pool = new FakePool(limits, 3)
          const outcome = rollOf(pool)
          pool.pass(at)
          if (pool.processes.has(victim)) pool.crash(victim)
          pool.pass(2 * MINUTE)
          assert.equal((await outcome).status, 'done', `worker ${victim} at ${at}`)
          assert.deepEqual((await outcome).replaced.map(({ oldId }) => oldId), [1, 2, 3], `worker ${victim} at ${at}`)
          assert.ok(pool.isWhole(), `worker ${victim} at ${at}`)
          assert.deepEqual(pool.engine.workers().filter(({ generation }) => generation !== 1), [], `worker ${victim} at ${at}`)
        }
      }
    })
  }

  it('starts nothing anew that was stopped in the middle, at any time', async () => {
    for (let at = 0; at < 6000; at += 125) {
      const pool = new FakePool({ maxSurge: 2 }, 3)
      const outcome = rollOf(pool)
      pool.pass(at)
      pool.engine.stopRolling()
      pool.tick()
      const { replaced, kept } = await outcome
      const started = pool.spawnTimes.length
      pool.pass(MINUTE)
      assert.ok(pool.isWhole(), `at ${at}`)
      assert.deepEqual([...replaced.map(({ oldId }) => oldId), ...kept].sort(), [1, 2, 3], `at ${at}`)
      assert.deepEqual(kept.filter((id) => !pool.processes.has(id)), [], `at ${at}`)
      assert.equal(pool.spawnTimes.length, started, `at ${at}`)
    }
  })

  describe('a primary that was suspended for a minute', () => {
    const limits = { startTimeout: '10s', drainTimeout: '10s', termTimeout: '5s' }

    it('ends nobody on waking, whenever it was', async () => {
      for (let at = 0; at < 30_000; at += 500) {
        const pool = new FakePool(limits)
        Object.assign(pool.behaviour, { startMs: 8000, drainMs: 8000 })
        for (let i = 0; i < 2; i++) pool.adopt()
        const outcome = rollOf(pool)
        pool.pass(at)
        pool.suspend(MINUTE)
        pool.pass(2 * MINUTE)
        assert.deepEqual(pool.told('forced'), [], `at ${at}`)
        assert.deepEqual([(await outcome).status, pool.isWhole(), pool.spawnTimes.length], ['done', true, 2], `at ${at}`)
      }
    })

    it('gives each the time on top', () => {
      const pool = new FakePool()
      pool.behaviour.drainMs = Infinity
      pool.adopt()
      void rollOf(pool)
      pool.pass(5500)
      pool.suspend(MINUTE)
      pool.pass(MINUTE)
      // 59 s later than it would have been: the second between two ticks is not seen.
      assert.deepEqual(pool.log.slice(1), ['500 drain 1', '89500 SIGTERM 1'])
    })

    it('gives each some time to be heard of in any case', () => {
      const pool = new FakePool(limits)
      Object.assign(pool.behaviour, { drainMs: Infinity, termMs: Infinity, killMs: Infinity })
      pool.adopt()
      void rollOf(pool)
      pool.pass(5500)
      pool.suspend(MINUTE)
      pool.pass(MINUTE)
      assert.deepEqual(pool.log.slice(1), ['500 drain 1', '70500 SIGTERM 1', '75500 SIGKILL 1'])
      assert.match(pool.told('warning')[0] ?? '', /^the pool's process was stopped or blocked for 59s: deadlines move by that$/)
    })

    it('says nothing when it was waiting for nobody', () => {
      const pool = new FakePool({}, 2)
      pool.suspend(HOUR)
      assert.deepEqual(pool.told('warning'), [])
    })

    it('reckons with what has happened meanwhile before any tick', () => {
      const pool = new FakePool(limits, 2)
      void rollOf(pool)
      pool.now += MINUTE
      pool.crash(2)
      pool.pass(3000)
      assert.deepEqual(pool.told('forced'), [])
      assert.equal(pool.told('warning').length, 1)
    })
  })

  it('stands still while the clock goes back, and ends nobody', async () => {
    const pool = new FakePool({}, 2)
    const recycled = pool.engine.recycle(2)
    pool.tick()
    pool.pass(700)
    pool.now -= 600
    pool.engine.stopRolling()
    assert.equal((await recycled).tookMs, 500)
    void rollOf(pool)
    assert.deepEqual(pool.told('forced'), [])
    pool.pass(MINUTE)
    assert.ok(pool.isWhole())
  })

  describe('workers that die by themselves', () => {
    it('are replaced at once when they have served well', () => {
      const pool = new FakePool({}, 2)
      pool.pass(31_000)
      pool.crash(1)
      assert.deepEqual(pool.spawnTimes, [31_000])
      pool.pass(MINUTE)
      assert.ok(pool.isWhole())
    })

    it('wait longer each time, as long as none serves well', () => {
      const pool = new FakePool({ restarts: { max: 1000 } }, 1)
      pool.behaviour = { ...pool.behaviour, startMs: 0, crashMs: 100 }
      pool.crash(1)
      pool.pass(32_000)
      const gaps = pool.spawnTimes.slice(1).map((time, i) => time - (pool.spawnTimes[i] ?? 0))
      assert.deepEqual(gaps, [1100, 2100, 4100, 8100, 16_100].slice(0, gaps.length))
      assert.equal(gaps.length, 5)
    })

    it('start afresh after one that has served well', () => {
      const pool = new FakePool({}, 1)
      pool.crash(1)
      pool.pass(600)
      pool.crash(2)
      assert.equal(pool.spawnTimes.length, 1)
      pool.pass(MINUTE)
      pool.crash(3)
      assert.equal(pool.spawnTimes.at(-1), pool.now)
    })

    it('leave no wait to a worker of others that took the place and has served well', () => {
      const pool = new FakePool({ startBackoff: '10m' }, 1)
      pool.behaviour.crashMs = 0
      pool.crash(1)
      pool.pass(10)
      const id = pool.adopt()
      pool.tick()
      pool.pass(31_000)
      void pool.engine.recycle(id)
      pool.tick()
      assert.equal(pool.spawnTimes.at(-1), pool.now)
    })

    it('wait no longer than maxStartBackoff', () => {
      const pool = new FakePool({ restarts: { max: 1000 }, maxStartBackoff: '4s' }, 1)
      pool.behaviour.crashMs = 0
      pool.crash(1)
      pool.pass(MINUTE)
      const gaps = pool.spawnTimes.slice(1).map((time, i) => time - (pool.spawnTimes[i] ?? 0))
      assert.deepEqual(gaps.slice(0, 5), [2000, 4000, 4000, 4000, 4000])
    })

    it('share the budget of the pool, wait beyond it, and are told of once in a window', () => {
      const pool = new FakePool({ restarts: { max: 10, per: '1m' } }, 40)
      pool.pass(MINUTE)
      for (let id = 1; id <= 40; id++) pool.exit(id)
      pool.tick()
      assert.equal(pool.spawnTimes.length, 10)
      assert.deepEqual(pool.told('warning'), ['workers die by themselves: 10 restarts within 1m are used up; the next one is in 1m'])
      pool.pass(MINUTE)
      assert.deepEqual([pool.spawnTimes.length, pool.told('warning').length], [20, 2])
      pool.pass(2 * MINUTE + 1000)
      assert.ok(pool.isWhole())
    })

    it('have the budget to themselves: workers that are taken down for a roll, and new ones, take nothing of it', async () => {
      const pool = new FakePool({ maxSurge: 0, maxUnavailable: 3, restarts: { max: 1, per: '1h' } }, 9)
      const outcome = rollOf(pool)
      pool.pass(MINUTE)
      assert.equal((await outcome).status, 'done')
      pool.grow(12)
      pool.pass(MINUTE)
      assert.ok(pool.isWhole())
    })

    it('take from it when they cannot be spawned a second time', () => {
      const pool = new FakePool({ restarts: { max: 1, per: '1h' } })
      pool.behaviour.throws = true
      pool.grow(5)
      pool.pass(HOUR - 1)
      assert.equal(pool.spawnTimes.length, 6)
    })

    it('are no loop in an hour, when they crash at once', () => {
      for (const crashMs of [0, 10_000]) {
        const pool = new FakePool({}, 4)
        pool.behaviour = { ...pool.behaviour, startMs: 1, crashMs }
        for (let id = 1; id <= 4; id++) pool.crash(id)
        pool.pass(HOUR)
        // Each slot: 0, 1, 3, 7, ... seconds, then every ten minutes.
        assert.ok(pool.spawnTimes.length <= 4 * 17, `${pool.spawnTimes.length} starts`)
        assert.ok(pool.ticks < 5000, `${pool.ticks} ticks`)
        pool.behaviour = { ...pool.behaviour, crashMs: Infinity }
        pool.pass(11 * MINUTE)
        assert.ok(pool.isWhole())
      }
    })

    it('200 at a time are no loop in an hour, and all come back', () => {
      const pool = new FakePool({}, 200)
      pool.behaviour.crashMs = 0
      for (let id = 1; id <= 200; id++) pool.exit(id)
      pool.tick()
      pool.pass(HOUR)
      assert.ok(pool.spawnTimes.length <= 610, `${pool.spawnTimes.length} starts`)
      pool.behaviour.crashMs = Infinity
      pool.pass(40 * MINUTE)
      assert.ok(pool.isWhole())
    })

    it('are not replaced above the limit, when one that hangs does not die', () => {
      const pool = new FakePool({ maxSurge: 0, maxUnavailable: 1, startTimeout: '10s' }, 2)
      Object.assign(pool.behaviour, { startMs: Infinity, termMs: Infinity, killMs: Infinity })
      pool.crash(1)
      pool.pass(HOUR)
      assert.deepEqual([pool.ids(), pool.spawnTimes.length, pool.mostLive], [[2, 3], 1, 2])
      pool.behaviour.startMs = 500
      pool.crash(3)
      pool.pass(MINUTE)
      assert.ok(pool.isWhole())
    })

    it('end a roll with maxSurge 0 when no replacement comes up, and are tried further', async () => {
      const pool = new FakePool({ maxSurge: 0, maxUnavailable: 1 }, 2)
      pool.behaviour.crashMs = 0
      const outcome = rollOf(pool)
      pool.pass(MINUTE)
      const { status, replaced, kept } = await outcome
      assert.deepEqual([status, replaced, kept], ['failed', [{ slot: 0, oldId: 1, newId: undefined }], [2]])
      pool.behaviour.crashMs = Infinity
      pool.pass(2 * MINUTE)
      assert.ok(pool.isWhole())
    })
  })

  it('starts no worker twice when the driver asks for a tick from within', () => {
    const pool = new FakePool({ maxSurge: 3 }, 2)
    const spawn = pool.spawn.bind(pool)
    pool.spawn = (slot, generation) => {
      assert.equal(pool.engine.tick(), pool.now)
      return spawn(slot, generation)
    }
    pool.crash(1)
    assert.equal(pool.spawnTimes.length, 1)
  })

  it('tells of a driver that fails, and takes the next step in time', async () => {
    const pool = new FakePool({}, 1)
    pool.drain = () => { throw new Error('channel closed') }
    const outcome = rollOf(pool)
    pool.pass(MINUTE)
    assert.deepEqual(pool.told('warning'), ['cannot ask worker 1 (pid 1001) to drain: channel closed'])
    assert.equal((await outcome).status, 'done')
  })
})
