import assert from 'node:assert/strict'
import type { PressureEvent } from '../../../src/system/index.ts'
import { age, growth, heapFragmentation, memoryPressure, poolBudget, requests, unresponsive } from '../../../src/watchdog/index.ts'
import { contextOf, judge, processOf } from '../support/context.ts'
import { GB, MB, scopeOf } from '../support/fakes.ts'

describe('growth', () => {
  it('compares a worker with itself after its warm-up', () => {
    const monitor = growth()
    const { wants, violations, unknown } = judge(monitor, contextOf([
      { id: 1, uss: 301, baseline: 100, fresh: true },
      { id: 2, uss: 299, baseline: 100, fresh: true },
      { id: 3, rss: 500 },
      { id: 4, rss: 500, warm: false },
      { id: 5, uss: 60, baseline: 10, fresh: true },
      { id: 6, rss: 250, baseline: 100, uss: 90 },
    ]))
    assert.deepEqual([wants, unknown], [[3], [3]])
    assert.deepEqual(violations.map(({ worker, value, limit }) => [worker, value / MB, limit / MB]), [[1, 301, 300]])
  })

  it('compares with the primary, and knows nothing without a reading of it', () => {
    const monitor = growth({ over: 'primary', factor: 2 })
    const workers = [{ id: 1, uss: 250, fresh: true }, { id: 2, uss: 150, fresh: true }]
    assert.deepEqual(judge(monitor, contextOf(workers)), { wants: [], violations: [], unknown: [1, 2] })
    assert.deepEqual(judge(monitor, contextOf(workers, { primary: processOf({ rss: 100 }) })).wants, ['primary'])
    const { violations } = judge(monitor, contextOf(workers, { primary: processOf({ uss: 100 }) }))
    assert.deepEqual(violations.map(({ worker }) => worker), [1])
  })

  it('says what is wrong with its options', () => {
    assert.throws(() => growth({ factor: 1 }), { name: 'TypeError', message: '"factor" must be above 1' })
    assert.throws(() => growth({ over: 'basline' as 'baseline' }), /did you mean 'baseline'/)
    assert.throws(() => growth({ atLeast: 0 }), /"atLeast" must be above 0 and finite, got 0/)
  })
})

describe('a budget for the pool', () => {
  const monitor = poolBudget({ pss: '1GB' })

  it('reads nothing as long as all RSS together is below it', () => {
    assert.deepEqual(judge(monitor, contextOf([{ id: 1, rss: 500 }, { id: 2, rss: 500 }])), { wants: [], violations: [], unknown: [] })
  })

  it('counts the primary, and asks for what it does not know', () => {
    const context = contextOf([{ id: 1, rss: 500 }, { id: 2, uss: 400 }], { primary: processOf({ rss: 200 }) })
    assert.deepEqual(judge(monitor, context), { wants: [1, 'primary'], violations: [], unknown: ['pool'] })
  })

  it('sums PSS, and names nobody', () => {
    const context = contextOf([{ id: 1, uss: 500, fresh: true }, { id: 2, uss: 400, shared: 200, fresh: true }])
    const [violation] = judge(monitor, context).violations
    assert.deepEqual([violation?.worker, violation?.value, violation?.limit, violation?.measure], [undefined, 1100 * MB, GB, 'sum of PSS'])
    assert.equal(violation?.hard, undefined)
    assert.equal(judge(poolBudget({ pss: '1GB', hard: '1050MB' }), context).violations[0]?.hard, true)
  })

  it('is exceeded by what is known, whatever the rest may be', () => {
    const { violations, unknown } = judge(monitor, contextOf([{ id: 1, uss: 1100, fresh: true }, { id: 2, rss: 400 }]))
    assert.deepEqual([violations.length, unknown], [1, ['pool']])
  })

  it('is not exceeded by what a process had before it gave memory back', () => {
    const gaveBack = { id: 1, uss: 1200, rssThen: 1300, ageMs: 20_000 }
    assert.deepEqual(judge(monitor, contextOf([{ ...gaveBack, rss: 700 }])), { wants: [], violations: [], unknown: [] })
    assert.deepEqual(judge(monitor, contextOf([{ ...gaveBack, rss: 1100 }])), { wants: [1], violations: [], unknown: ['pool'] })
  })

  it('is well below a sum of RSS that is above it', () => {
    const context = contextOf([{ id: 1, uss: 100, rss: 700 }, { id: 2, uss: 100, rss: 700 }])
    assert.deepEqual(judge(monitor, context), { wants: [], violations: [], unknown: [] })
  })

  it('can be a share of the memory limit', () => {
    const half = poolBudget({ pss: '50%' })
    const workers = [{ id: 1, uss: 1100, fresh: true }]
    assert.equal(judge(half, contextOf(workers, { scope: scopeOf(2 * GB) })).violations.length, 1)
    assert.equal(judge(half, contextOf(workers, { scope: scopeOf(4 * GB) })).violations.length, 0)
    assert.throws(() => poolBudget({ pss: '101%' }), /"pss" must be at most '100%' of the memory limit/)
    assert.throws(() => poolBudget({} as { pss: string }), /"pss" must be bytes/)
  })
})

describe('heap fragmentation', () => {
  const heap = (used: number, total: number) => ({ usedHeapSize: used * MB, totalHeapSize: total * MB, heapSizeLimit: 0, externalMemory: 0, mallocedMemory: 0 })

  it('is told by the workers, and judged once for each report', () => {
    const monitor = heapFragmentation()
    const context = contextOf([
      { id: 1, report: { at: 1, heap: heap(100, 300) } }, { id: 2, report: { at: 1, heap: heap(200, 300) } },
      { id: 3 }, { id: 4, report: { at: 1, heap: heap(10, 50) } },
    ])
    const first = judge(monitor, context)
    assert.deepEqual(first.violations.map(({ worker, action }) => [worker, action]), [[1, 'report']])
    assert.ok(Math.abs((first.violations[0]?.value ?? 0) - 2 / 3) < 0.001)
    assert.deepEqual(first.unknown, [3])
    assert.deepEqual(judge(monitor, context), { wants: [], violations: [], unknown: [1, 2, 3, 4] })
  })

  it('acts when it is told to', () => {
    const monitor = heapFragmentation({ action: 'recycle', ratio: 0.3, atLeast: '10MB' })
    assert.equal(judge(monitor, contextOf([{ report: { heap: heap(60, 100) } }])).violations[0]?.action, 'recycle')
    assert.throws(() => heapFragmentation({ action: 'refork' as 'report' }), /"action" must be 'report' or 'recycle'/)
  })
})

describe('memory pressure', () => {
  const psi: PressureEvent = { kind: 'psi', path: '/memory.pressure', detail: 'stalled for 200 ms of 2 s' }
  const workers = [{ id: 1, rss: 500 }]

  it('is what the kernel tells, of the pool as a whole', () => {
    const monitor = memoryPressure()
    assert.equal(monitor.usesPressure, true)
    assert.equal(monitor.strikes, 2)
    assert.deepEqual(judge(monitor, contextOf(workers)).violations, [])
    const [violation] = judge(monitor, contextOf(workers, { pressure: [psi, psi] })).violations
    assert.deepEqual([violation?.worker, violation?.action, violation?.value, violation?.hard, violation?.detail],
      [undefined, 'recycle', 2, undefined, 'memory pressure: stalled for 200 ms of 2 s'])
  })

  it('is urgent when memory ran out', () => {
    for (const event of [{ ...psi, kind: 'oom' }, { ...psi, kind: 'level', level: 'critical' }] as PressureEvent[]) {
      assert.equal(judge(memoryPressure(), contextOf(workers, { pressure: [psi, event] })).violations[0]?.hard, true)
    }
    assert.deepEqual(judge(memoryPressure(), contextOf(workers, { pressure: [{ ...psi, kind: 'level', level: 'low' }] })).violations, [])
  })

  it('is only reported when the pool has little of the used memory', () => {
    const [violation] = judge(memoryPressure(), contextOf(workers, { pressure: [psi], scope: scopeOf(64 * GB, 32 * GB) })).violations
    assert.equal(violation?.action, 'report')
    assert.match(violation?.detail ?? '', /but the pool has no more than 1.5 % of the used memory$/)
  })

  it('lasts after a threshold was crossed, for as long as it is not the page cache', () => {
    const monitor = memoryPressure()
    const crossed: PressureEvent = { ...psi, kind: 'threshold' }
    const nearly = { scope: scopeOf(GB, 0.95 * GB) }
    assert.equal(judge(monitor, contextOf(workers, { ...nearly, pressure: [crossed] })).violations.length, 1)
    assert.equal(judge(monitor, contextOf(workers, nearly)).violations.length, 1)
    assert.equal(judge(monitor, contextOf(workers, { scope: scopeOf(GB, 0.5 * GB) })).violations.length, 0)
    assert.equal(judge(monitor, contextOf(workers, nearly)).violations.length, 0)
  })

  it('counts only the kinds that are named', () => {
    assert.deepEqual(judge(memoryPressure({ events: ['max'] }), contextOf(workers, { pressure: [psi] })).violations, [])
    assert.throws(() => memoryPressure({ events: [] }), /"events" must be an array of kinds that is not empty, got \[\]/)
    assert.throws(() => memoryPressure({ events: ['pssi' as 'psi'] }), /did you mean 'psi'/)
    assert.throws(() => memoryPressure({ minShare: 2 }), /"minShare" must be a number from 0 to 1, got 2/)
  })
})

describe('age, requests and silence', () => {
  it('has a limit of age that is splayed over the slots', () => {
    const monitor = age({ limit: '1h', splay: '30m' })
    const old = 1000 * 60 * 60 * 2
    const limits = judge(monitor, contextOf([1, 2, 3].map((id) => ({ id, servingMs: old })))).violations.map(({ limit }) => limit)
    assert.equal(limits[0], 1000 * 60 * 60)
    assert.equal(new Set(limits).size, 3)
    assert.ok(limits.every((limit) => limit < 1000 * 60 * 90))
    assert.deepEqual(judge(monitor, contextOf([{ servingMs: 1000 * 60 * 59 }])).violations, [])
    assert.throws(() => age({ limit: 0 }), /"limit" must be above 0/)
    assert.throws(() => age({ limit: '30d' }), /"limit" must be a number of milliseconds or a string/)
  })

  it('has a limit of requests, by what workers report', () => {
    const monitor = requests({ limit: 1000, spread: 0.1 })
    const { violations } = judge(monitor, contextOf([{ id: 1, report: { requests: 999 } }, { id: 2, report: { requests: 999 } }, { id: 3 }]))
    assert.deepEqual(violations.map(({ worker, limit }) => [worker, limit]), [[2, 939]])
    assert.throws(() => requests({ limit: 0 }), /"limit" must be an integer from 1/)
  })

  it('misses reports of those that have reported', () => {
    const monitor = unresponsive({ after: '30s' })
    const { violations } = judge(monitor, contextOf([{ id: 1, report: { at: 20_000 } }, { id: 2, report: { at: 40_000 } }, { id: 3 }]))
    assert.deepEqual(violations.map(({ worker, detail }) => [worker, detail]), [[1, 'has reported nothing for 40 s, with a limit of 30 s']])
    assert.throws(() => unresponsive({ after: '2s' }), { name: 'TypeError', message: '"after" must be at least \'5s\', as workers report every 2 s, got \'2s\'' })
  })
})
