import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { PoolLimitOptions, RollOutcome } from '../../src/pool/index.ts'
import { FakePool, type Behaviour } from './fake_pool.ts'

const HOUR = 3_600_000

/** Something happens to the pool; `k` picks a worker. */
type Step =
  | { readonly kind: 'recycle' | 'crash' | 'crashAndFork' | 'release' | 'leave' | 'sayReady' | 'sayDrained', readonly k: number }
  | { readonly kind: 'roll' | 'stop' }
  | { readonly kind: 'adopt', readonly ready: boolean, readonly surplus: boolean }
  | { readonly kind: 'grow', readonly size: number }
  | { readonly kind: 'behave', readonly behaviour: Partial<Behaviour> }
  | { readonly kind: 'pass' | 'suspend', readonly ms: number }

const behaviours = fc.constantFrom<Partial<Behaviour>>(
  {}, { startMs: 0 }, { startMs: 20_000 }, { startMs: Infinity }, { crashMs: 0 }, { crashMs: 300 }, { crashMs: 550 }, { crashMs: 5000 }, { drainMs: 0 },
  { drainMs: Infinity }, { lingers: true }, { drainMs: Infinity, termMs: Infinity }, { throws: true },
  { startMs: Infinity, termMs: Infinity }, { drainMs: Infinity, termMs: Infinity, killMs: Infinity },
)

const picked = fc.nat({ max: 30 })
const steps = fc.array(fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ kind: fc.constantFrom('recycle', 'crash', 'crashAndFork', 'release', 'leave', 'sayReady', 'sayDrained'), k: picked }),
  fc.record({ kind: fc.constantFrom('roll', 'roll', 'stop') }),
  fc.record({ kind: fc.constant('adopt' as const), ready: fc.boolean(), surplus: fc.boolean() }),
  fc.record({ kind: fc.constant('grow' as const), size: fc.nat({ max: 8 }) }),
  fc.record({ kind: fc.constant('behave' as const), behaviour: behaviours }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 100_000 })) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 100_000 })) }),
  fc.record({ kind: fc.constant('suspend' as const), ms: fc.integer({ min: 7000, max: 100_000 }) }),
), { maxLength: 60, size: 'max' })

const limits: fc.Arbitrary<PoolLimitOptions> = fc.record({
  maxSurge: fc.nat({ max: 3 }), maxUnavailable: fc.nat({ max: 3 }), maxStartFailures: fc.integer({ min: 1, max: 4 }),
  restarts: fc.record({ max: fc.integer({ min: 1, max: 10 }), per: fc.constantFrom('10s', '1m') }),
}).filter(({ maxSurge, maxUnavailable }) => maxSurge + maxUnavailable > 0)

function take(pool: FakePool, step: Step, asked: Promise<RollOutcome>[]): void {
  switch (step.kind) {
    case 'pass': pool.pass(step.ms); return
    case 'suspend': pool.suspend(step.ms); return
    case 'behave': Object.assign(pool.behaviour, new FakePool().behaviour, step.behaviour); return
    case 'grow': pool.grow(step.size); return
    case 'adopt': if (pool.processes.size < 14) pool.adopt(step); break
    case 'roll': asked.push(pool.engine.roll()); break
    case 'stop': pool.engine.stopRolling(); break
    default: {
      const ids = pool.ids()
      const id = ids[step.k % ids.length]
      if (id !== undefined) touch(pool, step.kind, id, asked)
    }
  }
  pool.tick()
}

function touch(pool: FakePool, kind: Extract<Step, { k: number }>['kind'], id: number, asked: Promise<RollOutcome>[]): void {
  if (kind === 'recycle') asked.push(pool.engine.recycle(id))
  else if (kind === 'crash') pool.crash(id)
  else if (kind === 'release') pool.release(id)
  else if (kind === 'leave') pool.release(id, true)
  else if (kind === 'sayReady') pool.engine.ready(id)
  else if (kind === 'sayDrained') pool.engine.drained(id)
  else {
    // As with cluster.on('exit', () => cluster.fork()).
    pool.exit(id)
    pool.adopt({ ready: false })
  }
}

function checkOutcome({ status, replaced, kept, failure, tookMs }: RollOutcome): void {
  const named = [...replaced.map(({ oldId }) => oldId), ...kept]
  assert.equal(new Set(named).size, named.length, 'each worker is named once')
  assert.equal(failure === undefined, status !== 'failed')
  assert.ok(status !== 'done' || kept.length === 0, 'nobody is kept when all is done')
  assert.ok(tookMs >= 0)
}

describe('the pool engine, whatever happens', () => {
  it('keeps to its limits at every step, settles every promise, and is whole in the end', async function () {
    this.timeout(120_000)
    await fc.assert(fc.asyncProperty(limits, fc.nat({ max: 6 }), steps, async (chosen, size, sequence) => {
      // The fake pool checks the limits itself, at each start, drain and tick.
      const pool = new FakePool(chosen, size)
      const asked: Promise<RollOutcome>[] = []
      for (const step of sequence) take(pool, step, asked)
      pool.becomeWell()
      pool.pass(3 * HOUR)
      assert.ok(pool.isWhole(), JSON.stringify(pool.engine.workers()))
      assert.equal(pool.engine.tick(), undefined, 'nothing is waited for')
      const still = new Promise<'pending'>((resolve) => { setImmediate(resolve, 'pending') })
      for (const outcome of asked) {
        const settled = await Promise.race([outcome, still])
        assert.ok(settled !== 'pending', 'a promise is not settled')
        checkOutcome(settled)
      }
      const replaced = pool.told('replaced')
      assert.equal(new Set(replaced.map(({ oldId }) => oldId)).size, replaced.length, 'each worker is replaced once')
      assert.equal(pool.told('rollStarted').length, pool.told('rollEnded').length)
    }), { numRuns: Number(process.env['SMEM_TS_MODEL_RUNS'] ?? 500) })
  })
})
