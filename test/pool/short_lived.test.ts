import assert from 'node:assert/strict'
import { FakePool } from './fake_pool.ts'

/** Ready after 500 ms, dead 50 ms later. */
const SHORT_LIVED = { crashMs: 550 }

describe('the pool engine', () => {
  describe('a replacement that dies right after it was ready', () => {
    it('holds the roll, which fails after maxStartFailures of them, and the others serve on', async () => {
      const pool = new FakePool({}, 3)
      Object.assign(pool.behaviour, SHORT_LIVED)
      const roll = pool.engine.roll()
      pool.tick()
      pool.pass(60_000)
      const { status, replaced, kept, failure } = await roll
      assert.deepEqual([status, kept, replaced], ['failed', [2, 3], [{ slot: 0, oldId: 1, newId: undefined }]])
      assert.match(failure ?? '', /^3 starts in a row failed, the last one in slot 0: worker \d+ \(pid \d+\) ended with exit code 1 50ms after it was ready$/)
      assert.deepEqual(pool.ids('serving').slice(0, 2), [2, 3])
    })

    it('fails a recycle of the only worker, too, and is waited for with back-off', async () => {
      const pool = new FakePool({ maxStartFailures: 2 }, 1)
      Object.assign(pool.behaviour, SHORT_LIVED)
      const recycle = pool.engine.recycle(1)
      pool.tick()
      pool.pass(10_000)
      assert.deepEqual([(await recycle).status, (await recycle).kept], ['failed', []])
      assert.deepEqual(pool.spawnTimes.slice(0, 4), [0, 550, 2100, 4650])
    })

    it('delays the roll until its successor has served for some seconds', async () => {
      const pool = new FakePool({}, 2)
      const roll = pool.engine.roll()
      pool.tick()
      pool.pass(600)
      pool.crash(3)
      assert.deepEqual(pool.ids('starting'), [4])
      pool.pass(5400)
      assert.deepEqual(pool.ids('serving'), [2, 4], 'ready at 1100, on trial until 6100')
      assert.deepEqual(pool.ids('starting'), [])
      pool.pass(100)
      assert.deepEqual(pool.ids('starting'), [5])
      pool.pass(10_000)
      assert.deepEqual([(await roll).status, (await roll).replaced.map(({ newId }) => newId)], ['done', [4, 5]])
    })

    it('takes back the replacement that is starting elsewhere', async () => {
      const pool = new FakePool({ maxSurge: 2 }, 2)
      const roll = pool.engine.roll()
      pool.tick()
      assert.deepEqual(pool.ids('starting'), [3, 4])
      pool.process(4).behaviour.startMs = Infinity
      pool.engine.ready(3)
      pool.tick()
      pool.crash(3)
      assert.deepEqual([pool.ids('starting'), pool.ids('terminating')], [[5], [4]])
      assert.deepEqual(pool.ids('serving'), [2])
      pool.pass(30_000)
      assert.equal((await roll).status, 'done')
    })

    it('is no failure of the roll when it has served for stableAfter', async () => {
      const pool = new FakePool({ stableAfter: '1s', maxStartFailures: 1 }, 2)
      pool.process(1).behaviour.drainMs = 3000
      const roll = pool.engine.roll()
      pool.tick()
      pool.pass(1600)
      pool.crash(3)
      pool.pass(10_000)
      assert.equal((await roll).status, 'done')
    })
  })

  describe('a worker that leaves and is to be followed by another', () => {
    it('is followed at once, and does not count any more', () => {
      const pool = new FakePool({}, 2)
      pool.release(1, true)
      assert.deepEqual([pool.engine.size, pool.ids('starting'), pool.ids('draining')], [2, [3], [1]])
      pool.exit(1, 0)
      pool.tick()
      assert.deepEqual(pool.told('exit').map(({ wanted }) => wanted), [false])
      pool.pass(1000)
      assert.ok(pool.isWhole())
    })

    it('takes from the restart budget', () => {
      const pool = new FakePool({ restarts: { max: 2, per: '1m' } }, 4)
      for (const id of [1, 2, 3]) pool.release(id, true)
      assert.equal(pool.spawnTimes.length, 2)
      assert.match(pool.told('warning').join(), /2 restarts within 1m are used up/)
      pool.pass(60_000)
      assert.equal(pool.spawnTimes.length, 3)
    })

    it('is a failed start when it was not ready', () => {
      const pool = new FakePool({}, 0)
      pool.grow(1)
      pool.release(1, true)
      assert.match(pool.told('startFailed')[0]?.reason ?? '', /was made to leave before it was ready/)
      assert.deepEqual(pool.ids('starting'), [])
      pool.pass(1000)
      assert.deepEqual(pool.ids('starting'), [2])
    })

    it('counts as replaced in a roll that does not wait for its end', async () => {
      const pool = new FakePool({}, 1)
      const roll = pool.engine.roll()
      pool.tick()
      pool.release(1, true)
      pool.pass(2000)
      assert.deepEqual([(await roll).status, (await roll).replaced.map(({ oldId }) => oldId)], ['done', [1]])
      assert.deepEqual(pool.ids('draining'), [1])
    })
  })
})
