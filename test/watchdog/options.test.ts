import assert from 'node:assert/strict'
import { watchdog, type ClusterWatchdogOptions } from '../../src/watchdog.ts'
import { growth, Watchdog, workerLimit, type Monitor, type WatchdogOptions } from '../../src/watchdog/index.ts'
import { FakePool, FakeTime } from './support/fakes.ts'

const monitor: Monitor = { name: 'mine', check: () => [] }

describe('the options of a watchdog', () => {
  const pool = new FakePool(new FakeTime(), { size: 1, plan: () => ({ uss: 1, shared: 0 }) })
  const wrong: [unknown, RegExp][] = [
    [{}, /^the watchdog has nothing to watch: give it a limit such as workerUss: '600MB', or monitors that are not empty$/],
    [{ monitors: [] }, /^the watchdog has nothing to watch/],
    [undefined, /^the options of the watchdog must be an object, got undefined$/],
    [{ workerUs: '1GB' }, /^unknown option "workerUs" of the watchdog: did you mean "workerUss"\?$/],
    [{ workerUss: '1GB', intervall: '1s' }, /did you mean "interval"/],
    [{ workerUss: '110%' }, /^"workerUss": "uss" must be at most '100%' of the memory limit, got '110%'$/],
    [{ workerUss: -5 }, /^"workerUss": "uss" must be/],
    [{ poolPss: '0GB' }, /^"poolPss": "pss" must be above 0/],
    [{ growth: 'much' }, /^"growth": "growth" must be true or an object of options, got 'much'$/],
    [{ growth: 0.5 }, /^"growth": "factor" must be a number from 1 to 1000, got 0.5$/],
    [{ maxAge: true }, /^"maxAge": "limit" must be a number of milliseconds/],
    [{ maxRequests: 1.5 }, /^"maxRequests": "limit" must be an integer/],
    [{ workerUss: '1GB', interval: 9 }, /^"interval" must be from 10 to \d+ ms, got 9$/],
    [{ workerUss: '1GB', interval: '-1s' }, /^"interval" must be a number of milliseconds or a string/],
    [{ workerUss: '1GB', interval: '600h' }, /^"interval" must be from 10 to \d+ ms, got '600h'$/],
    [{ workerUss: '1GB', warmUp: Infinity }, /^"warmUp" must be finite, got Infinity$/],
    [{ workerUss: '1GB', strikes: 0 }, /^"strikes" must be an integer from 1 to 10000, got 0$/],
    [{ workerUss: '1GB', actions: { max: 0 } }, /^"actions.max" must be an integer from 1 to 100000, got 0$/],
    [{ workerUss: '1GB', actions: {} }, /^"actions.max" must be an integer/],
    [{ workerUss: '1GB', actions: { max: 1, pro: '1m' } }, /^unknown option "pro" of "actions"/],
    [{ workerUss: '1GB', budget: 0 }, /^"budget" must be a fraction of one core above 0, got 0$/],
    [{ workerUss: '1GB', budget: 2 }, /^"budget" must be a number from 0 to 1, got 2$/],
    [{ workerUss: '1GB', minFreed: '200%' }, /^"minFreed" must be at most '100%', got '200%'$/],
    [{ workerUss: '1GB', dryRun: 'yes' }, /^"dryRun" must be true or false, got 'yes'$/],
    [{ workerUss: '1GB', logger: { info: () => undefined, warn: 5 } }, /^"logger" must have the functions info, warn and error, as console has; warn is 5$/],
    [{ monitors: {} }, /^"monitors" must be an array, got an object$/],
    [{ monitors: [null] }, /^a monitor must be an object, got null$/],
    [{ monitors: [{ check: () => [] }] }, /^a monitor must have a "name", got undefined$/],
    [{ monitors: [{ name: 'x' }] }, /^the monitor 'x' must have a function "check", got undefined$/],
    [{ monitors: [{ ...monitor, wants: 5 }] }, /^"wants" of the monitor 'mine' must be a function, got 5$/],
    [{ monitors: [{ ...monitor, strikes: -1 }] }, /^"strikes" of the monitor 'mine' must be an integer from 1 to 10000, got -1$/],
    [{ monitors: null }, /^"monitors" must be an array, got null$/],
    [{ workerUss: '1GB', interval: null }, /^"interval" must be a number of milliseconds or a string/],
    [{ workerUss: '1GB', minFreed: null }, /^"minFreed" must be a number of bytes/],
    [{ workerUss: '1GB', warmUp: null }, /^"warmUp" must be a number of milliseconds/],
    [{ growth: { factor: null } }, /^"growth": "factor" must be a number from 1 to 1000, got null$/],
    [{ monitors: [{ name: 'x', chek: () => [] }] }, /^unknown property "chek" of the monitor 'x': did you mean "check"\?$/],
    [{ monitors: [{ ...monitor, usePressure: true }] }, /^unknown property "usePressure" of the monitor 'mine': did you mean "usesPressure"\?$/],
    [{ monitors: [{ ...monitor, usesPressure: 'no' }] }, /^"usesPressure" of the monitor 'mine' must be true or false, got 'no'$/],
    [{ monitors: [{ ...monitor, needsPrimary: 1 }] }, /^"needsPrimary" of the monitor 'mine' must be true or false, got 1$/],
    [{ monitors: [{ ...monitor, name: 'a\x1b[2J', strikes: 0 }] }, /^"strikes" of the monitor 'a\\u\{1b\}\[2J' must be an integer/],
    [{ monitors: [monitor, monitor] }, /^two monitors have the name 'mine': give one of them another by its "name"$/],
    [{ monitors: [workerLimit({ uss: '2GB' })], workerUss: '1GB' }, /^two monitors have the name 'worker-uss'/],
    [{ monitors: [{ ...monitor, name: 'refork-age' }] }, /^the name 'refork-age' is reserved for the watchdog's own reforks: give the monitor another by its "name"$/],
  ]

  for (const [options, message] of wrong) {
    it(`are refused: ${message.source}`, () => {
      assert.throws(() => new Watchdog(pool, options as WatchdogOptions), { name: 'TypeError', message })
    })
  }

  it('take monitors with more than a monitor has, and fields of classes by any name', () => {
    class Counting implements Monitor {
      readonly name = 'counting'
      checked = 0
      check = (): [] => {
        this.checked++
        return []
      }
    }
    new Watchdog(pool, { monitors: [new Counting(), { ...monitor, history: [1] } as Monitor] }).close()
  })

  it('leave nothing behind when they are refused', () => {
    assert.throws(() => new Watchdog(pool, { refork: { signal: 'SIGURG' }, interval: 0 }))
    assert.equal(process.listenerCount('SIGURG'), 0)
    assert.equal(pool.listenerCount('rollStarted'), 0)
  })

  it('leave nothing behind when pressure cannot be watched', () => {
    const watchPressure = (): never => {
      throw new Error('no /proc')
    }
    assert.throws(() => new Watchdog(pool, { pressure: true }, { watchPressure }), /no \/proc/)
    assert.equal(pool.listenerCount('rollStarted'), 0)
  })

  it('name no primary where there is none', () => {
    const message = "the monitor 'growth' judges by the primary's memory, and a pool of the kind 'fake' has none"
    assert.throws(() => new Watchdog(pool, { monitors: [growth({ over: 'primary' })] }), { name: 'TypeError', message })
  })

  it('may be all that there is of the short form', () => {
    const dog = new Watchdog(pool, {
      workerUss: '600MB', workerPss: '50%', workerRss: 1e9, poolPss: '80%', growth: 2, pressure: false, fragmentation: true, maxAge: '6h',
      maxRequests: 1000, unresponsive: '30s',
    })
    dog.close()
  })
})

describe('watchdog()', () => {
  it('takes a pool as it is', () => {
    const pool = new FakePool(new FakeTime(), { size: 1, plan: () => ({ uss: 1, shared: 0 }) })
    const dog = watchdog(pool, { workerUss: '1GB' })
    assert.equal(dog.pool, pool)
    dog.close()
    assert.equal(pool.isClosed, false)
    assert.throws(() => watchdog(pool, { workerUss: '1GB', pool: { size: 2 } }), /^TypeError: "pool" holds the options of the pool that is made of node:cluster/)
  })

  it('refuses what is neither a pool nor node:cluster', () => {
    for (const target of [undefined, {}, 'cluster']) {
      assert.throws(() => watchdog(target as never, { workerUss: '1GB' }), /^TypeError: watchdog\(\) takes node:cluster or a pool, got /)
    }
  })

  it('says what node:cluster is when it gets what looks like it', async () => {
    const namespace = await import('node:cluster')
    for (const target of [{ isPrimary: true }, { fork: () => undefined }, namespace]) {
      assert.throws(() => watchdog(target as never, { workerUss: '1GB' }),
        /^TypeError: watchdog\(\) takes node:cluster or a pool, got an object that is like node:cluster but lacks its functions: import cluster from 'node:cluster'/)
    }
  })

  it('says that its options must be an object', async () => {
    const { default: cluster } = await import('node:cluster')
    const pool = new FakePool(new FakeTime(), { size: 1, plan: () => ({ uss: 1, shared: 0 }) })
    const shown: [unknown, string][] = [[undefined, 'undefined'], [null, 'null'], [5, '5'], [[], 'an array'], ['foo', "'foo'"], [() => undefined, 'a function']]
    for (const [options, what] of shown) {
      for (const target of [cluster, pool]) {
        assert.throws(() => watchdog(target, options as never), { name: 'TypeError', message: `the options of the watchdog must be an object, got ${what}` })
      }
    }
  })

  it('makes a pool of node:cluster, and closes it with itself', async () => {
    const { default: cluster } = await import('node:cluster')
    const listeners = cluster.listenerCount('exit')
    const dog = watchdog(cluster, { workerUss: '1GB', pressure: true, pool: { drainTimeout: '5s' } })
    assert.equal(dog.pool.kind, 'cluster')
    dog.close()
    assert.equal(cluster.listenerCount('exit'), listeners)
    assert.throws(() => watchdog(cluster, { workerUss: 0 }), /"workerUss": "uss" must be above 0/)
    assert.throws(() => watchdog(cluster, { workerUss: '1GB', pool: { drainTimout: 1 } } as ClusterWatchdogOptions), /did you mean "drainTimeout"/)
    assert.equal(cluster.listenerCount('exit'), listeners)
  })
})
