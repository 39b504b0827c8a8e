import assert from 'node:assert/strict'
import { POOL_LIMIT_NAMES, toPoolLimits, type PoolLimitOptions } from '../../src/pool/index.ts'

describe('the limits of a pool', () => {
  it('has a default for each', () => {
    const limits = toPoolLimits({}, 'ClusterPool')
    assert.deepEqual(limits, {
      maxSurge: 1, maxUnavailable: 0, startTimeout: 60_000, drainTimeout: 30_000, termTimeout: 10_000, exitGrace: 2000,
      startBackoff: 1000, maxStartBackoff: 600_000, stableAfter: 30_000, maxStartFailures: 3,
      restarts: { max: 10, per: 60_000 }, suspendGrace: 5000,
    })
    assert.deepEqual(Object.keys(limits).sort(), [...POOL_LIMIT_NAMES].sort())
  })

  it('takes durations as text, and what it has made itself', () => {
    const limits = toPoolLimits({ drainTimeout: '2m', restarts: { per: '1h' } }, 'ClusterPool')
    assert.equal(limits.drainTimeout, 120_000)
    assert.deepEqual(limits.restarts, { max: 10, per: 3_600_000 })
    assert.deepEqual(toPoolLimits(limits, 'ClusterPool'), limits)
  })

  const wrong: [object, RegExp][] = [
    [{ maxSurge: -1 }, /^"maxSurge" must be an integer from 0 to 100000, got -1$/],
    [{ maxSurge: 0 }, /^"maxSurge" and "maxUnavailable" of ClusterPool are both 0: no worker could ever be replaced; allow at least 1 of either$/],
    [{ maxUnavailable: 1.5 }, /^"maxUnavailable" must be an integer from 0 to 100000, got 1.5$/],
    [{ startTimeout: 0 }, /^"startTimeout" must be a finite time of at least 1 ms, got 0$/],
    [{ drainTimeout: Infinity }, /^"drainTimeout" must be a finite time of at least 0 ms, got Infinity$/],
    [{ termTimeout: '10 parsecs' }, /^"termTimeout" must be a number of milliseconds or a string such as '30s', got '10 parsecs'$/],
    [{ maxStartBackoff: '1ms' }, /^"maxStartBackoff" of ClusterPool \(1 ms\) must not be below "startBackoff" \(1000 ms\)$/],
    [{ maxStartFailures: 0 }, /^"maxStartFailures" must be an integer from 1 to 1000000, got 0$/],
    [{ restarts: { max: 0 } }, /^"restarts.max" must be an integer from 1 to 1000000, got 0$/],
    [{ restarts: 3 }, /^the options of "restarts" of ClusterPool must be an object, got 3$/],
    [{ restarts: { every: '1m' } }, /^unknown option "every" of "restarts" of ClusterPool: it takes "max", "per"$/],
    [{ suspendGrace: null }, /^"suspendGrace" must be a number of milliseconds or a string such as '30s', got null$/],
  ]
  for (const [options, message] of wrong) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => toPoolLimits(options as PoolLimitOptions, 'ClusterPool'), { name: 'TypeError', message })
    })
  }
})
