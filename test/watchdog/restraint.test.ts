import assert from 'node:assert/strict'
import { Quiet } from '../../src/watchdog/quiet.ts'
import { Restraint } from '../../src/watchdog/restraint.ts'
import { Strikes } from '../../src/watchdog/strikes.ts'
import { TickTimer } from '../../src/watchdog/tick_timer.ts'
import { formatBytes, formatDuration, formatPercent } from '../../src/watchdog/text.ts'
import { FakeTime } from './support/fakes.ts'

describe('strikes', () => {
  it('are violations in a row, by monitor and by worker', () => {
    const strikes = new Strikes()
    const none = new Set<number>()
    assert.deepEqual([...strikes.judge('a', new Set([1, 2]), none)], [[1, 1], [2, 1]])
    assert.deepEqual([...strikes.judge('b', new Set([1]), none)], [[1, 1]])
    assert.deepEqual([...strikes.judge('a', new Set([1]), none)], [[1, 2]])
    assert.deepEqual([...strikes.judge('a', new Set([1, 2]), none)], [[1, 3], [2, 1]])
  })

  it('stay as they are while nothing is known', () => {
    const strikes = new Strikes()
    const all = new Set<number | 'pool'>([1, 2, 'pool'])
    strikes.judge('a', new Set([1, 'pool']), new Set())
    assert.deepEqual([...strikes.judge('a', new Set(), all)], [])
    assert.deepEqual([...strikes.judge('a', new Set([1, 2, 'pool']), all)], [[1, 2], [2, 1], ['pool', 2]])
  })
})

describe('restraint', () => {
  const limits = { cooldownMs: 100, slotCooldownMs: 500, max: () => 2, perMs: 10_000, leaveAloneMs: 1000 }

  it('lets one action go on at a time, and waits after it', () => {
    const restraint = new Restraint(limits)
    assert.equal(restraint.holdOfPool(0), undefined)
    restraint.begin(0)
    assert.equal(restraint.holdOfPool(50)?.verdict, 'busy')
    restraint.end(3, 50)
    assert.deepEqual(restraint.holdOfPool(149), { verdict: 'cooling_down', why: 'cooling down for 1 ms more' })
    assert.equal(restraint.holdOfPool(150), undefined)
    assert.equal(restraint.holdOfSlot(3, 'age', 549)?.verdict, 'cooling_down')
    assert.equal(restraint.holdOfSlot(3, 'age', 550), undefined)
    assert.equal(restraint.holdOfSlot(2, 'age', 51), undefined)
  })

  it('allows so many actions in a window', () => {
    const restraint = new Restraint(limits)
    for (const at of [0, 1000]) {
      restraint.begin(at)
      restraint.end(0, at)
    }
    assert.deepEqual(restraint.holdOfPool(9999), { verdict: 'budget_spent', why: 'the 2 actions of 10 s are used up' })
    assert.equal(restraint.holdOfPool(10_000), undefined)
  })

  it('leaves alone what it freed too little of, longer each time, and for that reason only', () => {
    const restraint = new Restraint(limits)
    assert.equal(restraint.wasInVain(3, 'growth', 0), 'slot 3 is left alone for 1 s for this reason, and the cool-down is 200 ms now')
    assert.equal(restraint.holdOfSlot(3, 'growth', 999)?.verdict, 'ineffective')
    assert.equal(restraint.holdOfSlot(3, 'age', 999), undefined)
    assert.equal(restraint.holdOfSlot(3, 'growth', 1000), undefined)
    assert.equal(restraint.wasInVain(3, 'growth', 2000), 'slot 3 is left alone for 2 s for this reason, and the cool-down is 400 ms now')
    restraint.succeeded(3, 'growth')
    assert.equal(restraint.holdOfSlot(3, 'growth', 2001), undefined)
    assert.equal(restraint.wasInVain(undefined, 'growth', 5000), 'the pool is left alone for 1 s for this reason, and the cool-down is 200 ms now')
  })

  it('has a cool-down after what was in vain, were there none else', () => {
    const restraint = new Restraint({ ...limits, cooldownMs: 0, slotCooldownMs: 0 })
    restraint.end(0, 0)
    assert.equal(restraint.holdOfPool(0), undefined)
    assert.equal(restraint.failed(0), 'the cool-down is 1 s now')
    assert.equal(restraint.holdOfPool(999)?.verdict, 'cooling_down')
    assert.equal(restraint.failed(1000), 'the cool-down is 2 s now')
  })

  it('has bounds to what it doubles', () => {
    const restraint = new Restraint({ ...limits, cooldownMs: 1000 * 60 * 50, leaveAloneMs: 1000 * 60 * 60 * 20 })
    restraint.wasInVain(0, 'growth', 0)
    assert.equal(restraint.wasInVain(0, 'growth', 0), 'slot 0 is left alone for 24 h for this reason, and the cool-down is 1 h now')
  })
})

describe('quiet', () => {
  it('tells a verdict when it changes, and waiting for one thing or another is the same', () => {
    const quiet = new Quiet(1000)
    const verdicts = ['cooling_down', 'busy', 'budget_spent', 'acting', 'busy', 'acting', 'ineffective', 'ineffective'] as const
    assert.deepEqual(verdicts.map((verdict) => quiet.isNews('a', verdict, 0)), [true, false, false, true, false, true, true, false])
    assert.equal(quiet.isNews('b', 'ineffective', 0), true)
    assert.deepEqual((['acting', 'budget_spent', 'busy'] as const).map((verdict) => quiet.isNews('c', verdict, 0)), [true, true, false])
  })

  it('forgets what has not been so for a while', () => {
    const quiet = new Quiet(1000)
    quiet.isNews('a', 'reported', 0)
    quiet.isNews('a', 'reported', 900)
    quiet.forget(1900)
    assert.equal(quiet.isNews('a', 'reported', 1900), false)
    quiet.forget(2901)
    assert.equal(quiet.isNews('a', 'reported', 2901), true)
  })
})

describe('the timer of ticks', () => {
  it('never ticks twice at once, and counts the interval from the end', async () => {
    const time = new FakeTime()
    const ends: (() => void)[] = []
    let ticks = 0
    const tick = (): Promise<void> => {
      ticks++
      return new Promise((resolve) => ends.push(resolve))
    }
    const timer = new TickTimer({ intervalMs: 1000, clock: time.clock, timers: time, tick, warn: assert.fail })
    timer.start()
    await time.advance(5000)
    assert.equal(ticks, 1)
    timer.soon()
    await time.advance(5000)
    assert.equal(ticks, 1)
    ends[0]?.()
    await time.advance(0)
    assert.equal(ticks, 2)
    ends[1]?.()
    await time.advance(999)
    assert.equal(ticks, 2)
    await time.advance(1)
    assert.equal(ticks, 3)
    timer.close()
    ends[2]?.()
    await time.advance(5000)
    assert.deepEqual([ticks, time.pending], [3, 0])
  })

  it('goes on after a tick that failed', async () => {
    const time = new FakeTime()
    const warnings: string[] = []
    const tick = (): Promise<void> => Promise.reject(new Error('the pool is odd'))
    new TickTimer({ intervalMs: 1000, clock: time.clock, timers: time, tick, warn: (text) => warnings.push(text) }).start()
    await time.advance(2000)
    assert.deepEqual(warnings, ['a tick failed: the pool is odd', 'a tick failed: the pool is odd'])
  })
})

describe('figures in sentences', () => {
  it('have units that fit', () => {
    assert.deepEqual([0, 1023, 1536, 612 * 1024 ** 2, 1024 ** 3, 1.55 * 1024 ** 3, 20 * 1024 ** 3, -5 * 1024 ** 2].map(formatBytes),
      ['0 bytes', '1023 bytes', '1.5 kB', '612 MB', '1 GB', '1.6 GB', '20 GB', '-5 MB'])
    assert.deepEqual([0.04, 6.14, 30, 999, 1500, 90_000, 1000 * 60 * 90].map(formatDuration),
      ['0 ms', '6.1 ms', '30 ms', '999 ms', '1.5 s', '1.5 min', '1.5 h'])
    assert.deepEqual([0.015, 0.5, 0.667].map(formatPercent), ['1.5 %', '50 %', '67 %'])
  })
})
