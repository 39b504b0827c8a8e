import assert from 'node:assert/strict'
import { workerLimit, type WorkerLimitOptions } from '../../../src/watchdog/index.ts'
import { contextOf, judge } from '../support/context.ts'
import { GB, MB, scopeOf } from '../support/fakes.ts'

describe('a limit for each worker', () => {
  const byUss = workerLimit({ uss: '600MB', spread: 0 })

  it('wants no reading of a worker below it by RSS', () => {
    assert.deepEqual(judge(byUss, contextOf([{ rss: 599 }])), { wants: [], violations: [], unknown: [] })
  })

  it('wants one of a worker at it, and says nothing before it has one', () => {
    assert.deepEqual(judge(byUss, contextOf([{ rss: 600 }])), { wants: [1], violations: [], unknown: [1] })
  })

  it('judges by the reading of this tick', () => {
    const { violations } = judge(byUss, contextOf([{ id: 1, uss: 650, fresh: true }, { id: 2, uss: 100, shared: 700, fresh: true }]))
    assert.deepEqual(violations, [
      {
        reason: 'worker_limit', worker: 1, action: 'recycle', value: 650 * MB, limit: 600 * MB, unit: 'bytes', measure: 'USS',
        evidence: { rss: 650 * MB, servingMs: 60_000 },
      },
    ])
  })

  it('takes an earlier reading for as long as RSS has not filled the room that it left', () => {
    const before = { uss: 100, shared: 600, rssThen: 700 }
    assert.deepEqual(judge(byUss, contextOf([{ ...before, rss: 1100 }])).wants, [])
    assert.deepEqual(judge(byUss, contextOf([{ ...before, rss: 1200 }])), { wants: [1], violations: [], unknown: [1] })
    assert.deepEqual(judge(byUss, contextOf([{ ...before, rss: 700, ageMs: 30_000 }])).wants, [1])
  })

  it('asks for the longest unread first, then for the largest', () => {
    const { wants } = judge(byUss, contextOf([
      { id: 1, uss: 700, ageMs: 5000 }, { id: 2, rss: 700 }, { id: 3, uss: 700, ageMs: 9000 }, { id: 4, uss: 900, ageMs: 9000 },
    ]))
    assert.deepEqual(wants, [2, 4, 3, 1])
  })

  it('judges RSS without any reading', () => {
    const byRss = workerLimit({ rss: '600MB', spread: 0 })
    const { wants, violations, unknown } = judge(byRss, contextOf([{ id: 1, rss: 700 }, { id: 2, rss: 500 }]))
    assert.deepEqual([wants, violations.map(({ worker, measure }) => [worker, measure]), unknown], [[], [[1, 'RSS']], []])
  })

  it('can be of PSS', () => {
    const { violations } = judge(workerLimit({ pss: '600MB' }), contextOf([{ uss: 500, shared: 200, fresh: true }]))
    assert.deepEqual(violations.map(({ value, measure }) => [value, measure]), [[700 * MB, 'PSS']])
  })

  it('can be a share of the memory limit', () => {
    const share = workerLimit({ uss: '40%', spread: 0 })
    const { violations } = judge(share, contextOf([{ uss: 820, fresh: true }], { scope: scopeOf(2 * GB) }))
    assert.deepEqual(violations.map(({ limit }) => limit), [0.4 * 2 * GB])
    assert.deepEqual(judge(share, contextOf([{ uss: 820, fresh: true }], { scope: scopeOf(4 * GB) })).violations, [])
  })

  it('is spread over the slots, the same each time, and never above what was asked for', () => {
    const limits = (): number[] => judge(workerLimit({ rss: '100MB' }), contextOf(Array.from({ length: 20 }, (_, slot) => ({ id: slot + 1, rss: 200 }))))
      .violations.map(({ limit }) => limit / MB)
    const found = limits()
    assert.deepEqual(found, limits())
    assert.equal(new Set(found).size, 20)
    assert.ok(found.every((limit) => limit > 95 && limit <= 100))
    assert.equal(found[0], 100)
  })

  it('has a hard limit that counts in the warm-up, and by a reading too', () => {
    const hard = workerLimit({ uss: '600MB', hard: '1GB', spread: 0 })
    const cold = { warm: false, fresh: true }
    assert.deepEqual(judge(hard, contextOf([{ ...cold, uss: 900 }])).violations, [])
    assert.deepEqual(judge(hard, contextOf([{ warm: false, rss: 1100 }])), { wants: [1], violations: [], unknown: [1] })
    const { violations } = judge(hard, contextOf([{ ...cold, uss: 1100 }, { id: 2, uss: 1100, fresh: true }, { id: 3, uss: 900, fresh: true }]))
    assert.deepEqual(violations.map(({ worker, limit, hard: isHard }) => [worker, limit, isHard]),
      [[1, GB, true], [2, GB, true], [3, 600 * MB, undefined]])
  })

  it('holds to the hard limit where a share of the memory turns out to be above it', () => {
    const mixed = workerLimit({ uss: '50%', hard: '1GB' })
    const { violations } = judge(mixed, contextOf([{ uss: 1500, fresh: true }], { scope: scopeOf(4 * GB) }))
    assert.deepEqual(violations.map(({ limit, hard: isHard }) => [limit, isHard]), [[GB, true]])
  })

  it('says what is wrong with its options', () => {
    const wrong: [unknown, RegExp][] = [
      [{}, /^workerLimit\(\) takes one of "uss", "pss" and "rss", got none$/],
      [{ uss: 1, rss: 1 }, /^workerLimit\(\) takes one of "uss", "pss" and "rss", got uss and rss$/],
      [{ us: '1MB' }, /^unknown option "us" of workerLimit\(\): did you mean "uss"\?$/],
      [{ uss: 0 }, /^"uss" must be above 0 and finite, got 0$/],
      [{ uss: -1 }, /^"uss" must be a number of bytes or a string such as '512MB', got -1$/],
      [{ uss: NaN }, /^"uss" must be/],
      [{ uss: Infinity }, /^"uss" must be above 0 and finite, got Infinity$/],
      [{ uss: null }, /^"uss" must be bytes, a string such as '600MB', or a share such as '40%', got null$/],
      [{ uss: '0%' }, /^"uss" must be above 0, got '0%'$/],
      [{ uss: '140%' }, /^"uss" must be at most '100%' of the memory limit, got '140%'$/],
      [{ uss: '600MB', hard: '600MB' }, /^"hard" must be above "uss"; a limit without strikes only is strikes: 1$/],
      [{ uss: '40%', hard: '30%' }, /^"hard" must be above "uss"/],
      [{ uss: '600MB', spread: 0.6 }, /^"spread" must be a number from 0 to 0.5, got 0.6$/],
      [{ uss: '600MB', strikes: 0 }, /^"strikes" must be an integer from 1 to 10000, got 0$/],
      [{ uss: '600MB', name: '' }, /^"name" must be a text that is not empty, got ''$/],
      [null, /^the options of workerLimit\(\) must be an object, got null$/],
    ]
    for (const [options, message] of wrong) {
      assert.throws(() => workerLimit(options as WorkerLimitOptions), { name: 'TypeError', message }, String(message))
    }
  })
})
