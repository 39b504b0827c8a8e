import assert from 'node:assert/strict'
import type { ReforkOptions, WatchdogOptions } from '../../src/watchdog/index.ts'
import { Kennel, MB, type FakePoolOptions, type MemoryPlan } from './support/fakes.ts'

const SECOND = 1000
const MINUTE = 1000 * 60
const HOUR = MINUTE * 60
const steady: MemoryPlan = () => ({ uss: 100 * MB, shared: 50 * MB })
/** Gains 1 MB a second for five minutes, and no more. */
const gaining: MemoryPlan = (_worker, servingMs) => ({ uss: 100 * MB + Math.min(300, servingMs / SECOND) * MB, shared: 50 * MB })

function kennelOf(refork: ReforkOptions, plan = steady, pool: Partial<FakePoolOptions> = {}, more: WatchdogOptions = {}): Kennel {
  return new Kennel({ size: 4, plan, ...pool }, { refork, interval: '1s', ...more })
}

describe('a refork', () => {
  it('comes when a worker has served enough requests, by the schedule of the generations', async () => {
    const kennel = kennelOf({ requests: [1000, 5000], cooldown: 0 }, gaining)
    kennel.pool.report(2, { requests: 999 })
    await kennel.run(2 * MINUTE)
    assert.deepEqual(kennel.decisions, [])
    kennel.pool.report(2, { requests: 1001 })
    await kennel.run(5 * SECOND)
    assert.deepEqual(kennel.acted.map(({ reason, limit }) => [reason, limit]), [['refork_requests', 1000]])
    assert.equal(kennel.acted[0]?.summary, 'refork all 4 workers: the most requests of a worker 1001 is above its limit of 1000, 1 strike of 1')
    for (const requests of [4999, 5000]) {
      await kennel.run(2 * MINUTE)
      kennel.pool.report(0, { requests })
    }
    await kennel.run(5 * SECOND)
    assert.deepEqual(kennel.acted.map(({ limit }) => limit), [1000, 5000])
    await kennel.run(2 * MINUTE)
    kennel.pool.report(3, { requests: 5000 })
    await kennel.run(5 * SECOND)
    assert.deepEqual(kennel.acted.map(({ limit }) => limit), [1000, 5000, 5000])
    assert.equal(kennel.pool.rolls, 3)
  })

  it('comes again, after its cool-down, when it failed', async () => {
    const kennel = kennelOf({ requests: 1000 }, steady, { outcome: () => 'failed' })
    kennel.pool.report(2, { requests: 1000 })
    await kennel.run(9 * MINUTE)
    assert.equal(kennel.pool.rolls, 1)
    assert.match(kennel.warnings[0] ?? '', /^decision 1, to refork all workers, failed: the start failed 3 times; those that were to go serve on/)
    await kennel.run(2 * MINUTE)
    assert.equal(kennel.pool.rolls, 2)
  })

  it('comes by age, with splay', async () => {
    const kennel = kennelOf({ age: '1h', splay: '10m' }, gaining)
    await kennel.run(HOUR - SECOND * 2)
    assert.equal(kennel.pool.rolls, 0)
    await kennel.run(MINUTE)
    assert.deepEqual(kennel.acted.map(({ reason }) => reason), ['refork_age'])
    const late = new Kennel({ size: 4, plan: steady }, { refork: { age: '1h', splay: '10m' } }, { random: () => 0.9 })
    await late.run(HOUR + 8 * MINUTE)
    assert.equal(late.pool.rolls, 0)
    await late.run(2 * MINUTE)
    assert.equal(late.pool.rolls, 1)
  })

  it('draws its splay anew each time', async () => {
    const draws = [0, 0.9]
    const kennel = new Kennel({ size: 4, plan: gaining }, { refork: { age: '1h', splay: '10m' } }, { random: () => draws.shift() ?? 0 })
    await kennel.run(HOUR * 2 + 8 * MINUTE)
    assert.equal(kennel.pool.rolls, 1)
    await kennel.run(2 * MINUTE)
    assert.equal(kennel.pool.rolls, 2)
  })

  it('comes when it pays, and learns what it gives back', async () => {
    const kennel = kennelOf({ whenItPays: { atLeast: '400MB' } }, gaining)
    await kennel.run(5 * MINUTE)
    const [decision] = kennel.acted
    assert.equal(decision?.reason, 'refork_pays')
    // 4 workers gain 4 MB a second, of which a half is taken to come back.
    assert.ok(decision.value >= 400 * MB && decision.value < 450 * MB, decision.summary)
    assert.equal(decision.evidence['share'], 0.5)
    assert.match(decision.summary, /^refork all 4 workers: what a refork is worth \(50 % of what the workers have gained\) 4\d\d MB /)
    const [effect] = kennel.effects
    assert.ok(effect?.effective, effect?.summary)
    assert.match(effect.summary, /^reforking the workers freed \d+ MB: USS /)
    await kennel.run(20 * MINUTE)
    assert.ok(Number(kennel.acted[1]?.evidence['share']) > 0.7)
  })

  it('reads nothing but the baselines while it cannot pay', async () => {
    const kennel = kennelOf({ whenItPays: { atLeast: '400MB' } })
    await kennel.run(10 * MINUTE)
    assert.equal(kennel.gauge.reads.length, 4)
  })

  it('that freed too little comes later each time, and says so', async () => {
    const kennel = kennelOf({ requests: 10 })
    const busy = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 10 * SECOND) {
        for (let slot = 0; slot < 4; slot++) kennel.pool.report(slot, { requests: 100 })
        await kennel.run(10 * SECOND)
      }
    }
    await busy(HOUR)
    // Minutes after the first: 20, then 40.
    assert.equal(kennel.pool.rolls, 2)
    const [first, second] = kennel.effects
    assert.match(first?.summary ?? '', /freed 0 bytes, less than the 40 MB asked for: .*; the next one that is not called for comes in 20 min at the earliest$/)
    assert.match(second?.summary ?? '', /comes in 40 min at the earliest$/)
  })

  it('has its own limit of what must be freed', async () => {
    const kennel = kennelOf({ requests: 10, minFreed: 0 })
    kennel.pool.report(0, { requests: 10 })
    await kennel.run(2 * MINUTE)
    assert.deepEqual(kennel.effects.map(({ effective }) => effective), [true])
  })

  it('comes by call, whatever the cool-downs say, and several calls are one', async () => {
    const kennel = new Kennel({ size: 3, plan: steady }, { workerUss: '1GB' })
    const outcomes = Promise.all([kennel.dog.refork(), kennel.dog.refork()])
    await kennel.run(2 * SECOND)
    assert.deepEqual((await outcomes).map((outcome) => [outcome?.status, outcome?.replaced.length]), [['done', 3], ['done', 3]])
    assert.deepEqual(kennel.acted.map(({ summary }) => summary), ['refork all 3 workers: it was called for'])
    const again = kennel.dog.refork()
    await kennel.run(2 * SECOND)
    assert.equal((await again)?.status, 'done')
    assert.equal(kennel.pool.rolls, 2)
  })

  it('pays from the documented 256 MB on, where no other figure is given', async () => {
    const plan = (gained: number): MemoryPlan => (_worker, servingMs) => ({ uss: (100 + (servingMs > 2 * MINUTE ? gained : 0)) * MB, shared: 0 })
    for (const [gained, rolls] of [[120, 0], [130, 1]] as const) {
      const kennel = kennelOf({ whenItPays: {} }, plan(gained))
      await kennel.run(3 * MINUTE)
      assert.equal(kennel.pool.rolls, rolls, `4 workers have gained ${gained} MB, of which a half is expected`)
    }
  })

  it('that pays is not repeated before the last one is measured, were its cool-down 0', async () => {
    const plan: MemoryPlan = (_worker, servingMs) => ({ uss: 100 * MB + Math.min(300, servingMs / SECOND * 20) * MB, shared: 0 })
    const kennel = kennelOf({ whenItPays: true, cooldown: 0 }, plan, {}, { warmUp: 0, settle: '1m', cooldown: 0, slotCooldown: 0, actions: { max: 100 } })
    await kennel.run(2 * MINUTE)
    assert.ok(kennel.pool.rolls <= 2, `${kennel.pool.rolls} reforks in two minutes`)
  })

  it('comes by a signal', async () => {
    const kennel = kennelOf({ signal: 'SIGURG' })
    process.emit('SIGURG', 'SIGURG')
    await kennel.run(SECOND)
    assert.deepEqual(kennel.acted.map(({ reason, summary }) => [reason, summary]), [['refork_signal', 'refork all 4 workers: a signal asked for it']])
    kennel.dog.close()
  })

  it('says what is wrong with its options', () => {
    const wrong: [ReforkOptions, RegExp][] = [
      [{ request: 1 } as ReforkOptions, /^unknown option "request" of "refork": did you mean "requests"\?$/],
      [{ requests: [] }, /^"refork.requests" must be a number or an array of numbers that is not empty, got \[\]$/],
      [{ requests: [0] }, /^"refork.requests" must be an integer from 1 to/],
      [{ splay: '1m' }, /^"refork.splay" is for "refork.age", which is not given$/],
      [{ age: 0 }, /^"refork.age" must be above 0/],
      [{ signal: 'SIGURGE' as 'SIGURG' }, /"refork.signal" must be .*did you mean 'SIGURG'\?$/],
      [{ whenItPays: 5 as never }, /^"refork.whenItPays" must be true, false or \{ atLeast: '256MB' \}, got 5$/],
      [{ whenItPays: { atLeast: 0 } }, /^"refork.whenItPays.atLeast" must be above 0/],
      [{ whenItPays: { atLeast: null as never } }, /^"refork.whenItPays.atLeast" must be a number of bytes/],
      [{}, /^"refork" says nothing of when it is due: give it "requests", "age", "signal" or "whenItPays"; dog.refork\(\) needs no option$/],
      [{ cooldown: '1h', whenItPays: false }, /^"refork" says nothing of when it is due/],
      [{ requests: [5, 4] }, /^"refork.requests" must not descend from one generation to the next, got \[5, 4\]$/],
      [{ requests: 1, cooldown: null as never }, /^"refork.cooldown" must be a number of milliseconds/],
      [{ requests: 1, minFreed: '120%' }, /^"refork.minFreed" must be at most '100%'/],
    ]
    for (const [refork, message] of wrong) assert.throws(() => kennelOf(refork), { name: 'TypeError', message })
    kennelOf({ requests: [5, 5, 6] }).dog.close()
    assert.throws(() => kennelOf({ requests: 1 }, steady, { replaces: false }), /"refork" needs a pool that replaces its workers, and 'fake' does not/)
  })
})
