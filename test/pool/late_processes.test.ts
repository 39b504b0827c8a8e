/** Workers whose process comes later than it is asked for, and those that become something else. */
import assert from 'node:assert/strict'
import { PoolEngine, type PoolEvents, type PoolLimitOptions } from '../../src/pool/index.ts'

interface LatePool {
  readonly engine: PoolEngine
  readonly log: string[]
  readonly events: { readonly name: keyof PoolEvents; readonly event: unknown }[]
  readonly pids: Map<number, number>
  time: number
}

/** Nothing happens in it by itself. */
function latePool(size: number, limits: PoolLimitOptions = {}): LatePool {
  let nextId = 1
  const pool: LatePool = {
    log: [], events: [], pids: new Map(), time: 0,
    engine: new PoolEngine({
      clock: () => pool.time, limits,
      emit: (name, ...event) => pool.events.push({ name, event: event[0] }),
      driver: {
        spawn: (slot, generation) => {
          pool.log.push(`spawn ${nextId} slot ${slot} gen ${generation}`)
          return nextId++
        },
        pidOf: (id) => pool.pids.get(id) ?? 0,
        drain: (id) => pool.log.push(`drain ${id}`),
        kill: (id, signal) => pool.log.push(`${signal} ${id}`),
      },
    }),
  }
  pool.engine.grow(size)
  pool.engine.tick()
  return pool
}

function serve(pool: LatePool, ...ids: readonly number[]): void {
  for (const id of ids) pool.engine.ready(id)
  pool.engine.tick()
}

describe('a worker of the pool engine', () => {
  describe('whose process comes late', () => {
    it('has its pid when it is known', () => {
      const pool = latePool(1)
      assert.equal(pool.engine.workers()[0]?.pid, 0)
      pool.pids.set(1, 4711)
      pool.engine.identified(1)
      assert.equal(pool.engine.workers()[0]?.pid, 4711)
    })

    it('is a failed start when none comes, and no exit', () => {
      const pool = latePool(1)
      pool.engine.notStarted(1, 'was not forked: no memory')
      pool.engine.tick()
      assert.deepEqual(pool.engine.workers(), [])
      assert.deepEqual(pool.events, [
        { name: 'startFailed', event: { slot: 0, reason: 'worker 1 was not forked: no memory', retryInMs: 1000 } },
      ])
      pool.time += 1000
      pool.engine.tick()
      assert.deepEqual(pool.log, ['spawn 1 slot 0 gen 0', 'spawn 2 slot 0 gen 0'])
    })

    it('is no failed start when it was not wanted any more', async () => {
      const pool = latePool(1)
      serve(pool, 1)
      const outcome = pool.engine.recycle(1)
      pool.engine.tick()
      pool.engine.stopRolling()
      pool.engine.tick()
      assert.deepEqual(pool.log.slice(1), ['spawn 2 slot 0 gen 0', 'SIGTERM 2'])
      pool.engine.notStarted(2, 'was not wanted any more')
      assert.equal((await outcome).status, 'stopped')
      assert.deepEqual(pool.events.map(({ name }) => name), ['ready'])
      assert.deepEqual(pool.engine.workers().map(({ id, state }) => [id, state]), [[1, 'serving']])
    })

    it('may have told why it ended', () => {
      const pool = latePool(1)
      pool.engine.exited(1, 1, null, 'start() of the application failed: so')
      assert.deepEqual(pool.events.find(({ name }) => name === 'startFailed')?.event, {
        slot: 0, reason: 'worker 1 start() of the application failed: so', retryInMs: 1000,
      })
    })
  })

  describe('that is detached', () => {
    it('is no worker any more, and another takes its place at once, without the restart budget', () => {
      const pool = latePool(2, { restarts: { max: 1 } })
      serve(pool, 1, 2)
      for (const id of [1, 3, 4]) {
        pool.engine.detach(id)
        pool.engine.tick()
        serve(pool, id === 1 ? 3 : id + 1)
      }
      assert.deepEqual(pool.log.slice(2), ['spawn 3 slot 0 gen 0', 'spawn 4 slot 0 gen 0', 'spawn 5 slot 0 gen 0'])
      assert.deepEqual(pool.engine.workers().map(({ id }) => id), [2, 5])
      assert.ok(pool.events.every(({ name }) => name === 'ready' || name === 'replaced'), 'no exit is told')
      pool.engine.exited(1, 0, null)
      assert.equal(pool.engine.workers().length, 2)
    })

    it('counts as replaced in a roll', async () => {
      const pool = latePool(2)
      serve(pool, 1, 2)
      const outcome = pool.engine.roll()
      pool.engine.detach(1)
      pool.engine.tick()
      serve(pool, 3)
      serve(pool, 4)
      pool.engine.exited(2, 0, null)
      pool.engine.tick()
      const { status, replaced } = await outcome
      assert.deepEqual([status, replaced], ['done', [{ slot: 0, oldId: 1, newId: 3 }, { slot: 1, oldId: 2, newId: 4 }]])
    })

    it('leaves its place to the replacement that starts', () => {
      const pool = latePool(1)
      serve(pool, 1)
      void pool.engine.recycle(1)
      pool.engine.tick()
      pool.engine.detach(1)
      pool.engine.tick()
      serve(pool, 2)
      assert.deepEqual(pool.engine.workers().map(({ id, state }) => [id, state]), [[2, 'serving']])
      assert.deepEqual(pool.log, ['spawn 1 slot 0 gen 0', 'spawn 2 slot 0 gen 0'])
    })
  })
})
