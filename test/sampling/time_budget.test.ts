import assert from 'node:assert/strict'
import { TimeBudget } from '../../src/sampling/time_budget.ts'

// 1 % of a core: 10 ms a second.
const budget = (capMs = 50): TimeBudget => new TimeBudget(0.01, capMs, 0)

describe('a time budget', () => {
  it('starts full', () => {
    const full = budget()
    assert.ok(full.take(50))
    assert.ok(!full.take(0.1))
  })

  it('is paid its share of the time that passes', () => {
    const spent = budget()
    spent.take(50)
    spent.begin(1000)
    assert.equal(spent.availableMs, 10)
    assert.ok(spent.take(10))
    assert.ok(!spent.take(1))
  })

  it('piles up what is not spent to its cap and no further', () => {
    const unspent = budget()
    unspent.begin(1000 * 60 * 60)
    assert.equal(unspent.availableMs, 50)
  })

  it('repays what reads cost beyond their estimate', () => {
    const overdrawn = budget()
    assert.ok(overdrawn.take(50))
    overdrawn.settle(50, 70)
    overdrawn.begin(1000)
    assert.equal(overdrawn.availableMs, -10)
    assert.ok(!overdrawn.take(0.1))
    overdrawn.begin(3000)
    assert.ok(overdrawn.take(5))
  })

  it('gets back what reads did not cost', () => {
    const thrifty = budget()
    thrifty.take(40)
    thrifty.settle(40, 10)
    assert.equal(thrifty.availableMs, 40)
  })

  it('saves for a read that costs more than its cap, while cheaper ones go on', () => {
    const saving = budget()
    let rounds = 0
    let cheap = 0
    for (let now = 0; !saving.take(200); now += 1000) {
      rounds++
      saving.begin(now)
      if (saving.take(200)) break
      while (saving.take(1)) cheap++
      assert.ok(rounds < 100, 'the expensive read is never due')
    }
    // 5 ms a second are saved, 5 are spent on the cheap ones.
    assert.ok(rounds >= 30 && rounds <= 45, `${rounds} rounds`)
    assert.ok(cheap >= 150, `${cheap} cheap reads meanwhile`)
  })

  it('keeps its savings for the most urgent read that waits', () => {
    const saving = budget()
    assert.ok(!saving.take(100))
    saving.take(50)
    for (let now = 1000; now <= 10_000; now += 1000) {
      saving.begin(now)
      assert.ok(!saving.take(100))
      while (saving.take(5)) continue
      assert.ok(saving.availableMs < 5)
    }
  })

  it('gives savings back when nobody waits any more', () => {
    const saving = budget()
    saving.take(50)
    saving.take(100)
    saving.begin(2000)
    saving.begin(4000)
    assert.ok(saving.take(20))
  })
})
