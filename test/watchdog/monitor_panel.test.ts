import assert from 'node:assert/strict'
import type { Monitor, MonitorContext } from '../../src/watchdog/index.ts'
import { Kennel, MB, type MemoryPlan } from './support/fakes.ts'

const SECOND = 1000
const plan: MemoryPlan = () => ({ uss: 700 * MB, shared: 0 })
const judge: Monitor = {
  name: 'judge', strikes: 1, wants: ({ workers }) => workers.map(({ worker }) => worker.id),
  check: ({ workers, scope, pressure }) => {
    assert.equal(workers[0]?.worker.report?.heap.usedHeapSize, 7)
    assert.deepEqual([workers.length, workers[0]?.usage?.uss, scope.used > 0, pressure.length], [1, 700 * MB, true, 0])
    return []
  },
}

describe('a monitor that misbehaves', () => {
  type Loose = { -readonly [K in keyof MonitorContext]: any } // eslint-disable-line @typescript-eslint/no-explicit-any
  const spoilers: [string, (context: Loose) => void][] = [
    ['adds a worker', ({ workers }) => workers.push(5)],
    ['takes the workers away', ({ workers }) => { workers.length = 0 }],
    ['changes a sample', ({ workers }) => { workers[0].worker = null }],
    ['changes a worker', ({ workers }) => { workers[0].worker.id = 9 }],
    ['changes a report', ({ workers }) => { workers[0].worker.report.heap.usedHeapSize = 0 }],
    ['changes a reading', ({ workers }) => { workers[0].usage.uss = 0 }],
    ['changes the scope', ({ scope }) => { scope.used = 0 }],
    ['adds pressure', ({ pressure }) => pressure.push({})],
    ['changes the context', (context) => { context.workers = [] }],
  ]
  for (const [what, spoil] of spoilers) {
    it(`spoils nothing for the others when it ${what}`, async () => {
      const spoiler: Monitor = { name: 'spoiler', check: (context) => { spoil(context as Loose); return [] } }
      const kennel = new Kennel({ size: 1, plan }, { monitors: [spoiler, judge], interval: '1s' })
      kennel.pool.report(0, { heap: { usedHeapSize: 7 } as never })
      await kennel.run(5 * SECOND)
      assert.deepEqual(kennel.failures.map(({ monitor }) => monitor), ['spoiler', 'spoiler', 'spoiler'])
      assert.deepEqual(kennel.warnings, [])
    })
  }

  it('is told, and fails alone, whatever it throws', async () => {
    for (const thrown of [Object.create(null), undefined, Symbol('s'), { toString: () => { throw new Error('no') } }] as unknown[]) {
      const lines: string[] = []
      const error = (text: string): number => lines.push(text)
      const thrower: Monitor = { name: 'thrower\x1b[2J', check: () => { throw thrown } }
      const kennel = new Kennel({ size: 1, plan }, {
        monitors: [thrower], workerUss: '600MB', interval: '1s', logger: { info: () => undefined, warn: () => undefined, error },
      })
      await kennel.run(40 * SECOND)
      assert.deepEqual(kennel.failures.map(({ disabled }) => disabled), [false, false, true])
      assert.match(lines[2] ?? '', /^the monitor 'thrower\\u\{1b\}\[2J' threw .*: it is left out from now on, after 3 times in a row$/)
      assert.deepEqual([kennel.pool.recycled, kennel.warnings], [[1], []])
    }
  })

  it('may return a promise that fails from any of its functions, and from a class of promises of its own', async () => {
    const reject = async (): Promise<never> => { throw new Error('later') }
    const thenable = { then: (_resolve: unknown, rejected: (error: Error) => void) => rejected(new Error('later')) }
    const parts: Partial<Record<keyof Monitor, unknown>>[] = [
      { check: reject }, { wants: reject }, { unknown: reject }, { check: () => thenable }, { wants: () => thenable }, { unknown: () => thenable },
    ]
    for (const part of parts) {
      const kennel = new Kennel({ size: 1, plan }, { monitors: [{ name: 'late', check: () => [], ...part } as Monitor], interval: '1s' })
      await kennel.run(5 * SECOND)
      assert.deepEqual(kennel.failures.map(({ disabled }) => disabled), [false, false, true])
      assert.match(String(kennel.failures[0]?.error), /returned a promise/)
    }
    for (const close of [reject, () => thenable]) {
      const closing = new Kennel({ size: 1, plan }, { monitors: [{ name: 'late', check: () => [], close: close as never }] })
      closing.dog.close()
      await closing.run(0)
      assert.deepEqual(closing.failures.map(({ monitor, error }) => [monitor, String(error)]), [['late', 'Error: later']])
    }
  })

  it('cannot write to the terminal by what it says', async () => {
    const hostile: Monitor = {
      name: 'hostile', strikes: 1,
      check: () => [{ reason: 'custom', action: 'report', value: 2, limit: 1, unit: 'count', measure: 'x\x1b[31m\n\u202e' }],
    }
    const kennel = new Kennel({ size: 1, plan }, { monitors: [hostile] })
    await kennel.run(6 * SECOND)
    assert.equal(kennel.decisions[0]?.summary, 'the pool: x\\u{1b}[31m\\u{a}\\u{202e} 2 is above its limit of 1, 1 strike of 1')
  })

  it('is told of a detail that is no text, and of a violation that cannot be read', async () => {
    const found = { reason: 'custom', action: 'report', value: 2, limit: 1, unit: 'count', measure: 'x' }
    const evidence = Object.defineProperty({}, 'a', { enumerable: true, get: () => { throw new Error('on purpose') } })
    for (const violation of [{ ...found, detail: 5 }, { ...found, evidence }]) {
      const kennel = new Kennel({ size: 1, plan }, { monitors: [{ name: 'odd', strikes: 1, check: () => [violation as never] }], interval: '1s' })
      await kennel.run(5 * SECOND)
      assert.deepEqual([kennel.failures.length, kennel.warnings], [3, []])
    }
  })
})

describe('a logger whose methods fail late', () => {
  it('does not end the process, by none of them', async () => {
    const reject = async (): Promise<never> => { throw new Error('disk full') }
    const seen: string[] = []
    const listen = ({ message }: Error): number => seen.push(message)
    process.on('warning', listen)
    const broken: Monitor = { name: 'broken', check: () => { throw new Error('no') } }
    const held: Monitor = { name: 'held', strikes: 1, check: () => [{ reason: 'custom', action: 'recycle', value: 2, limit: 1, unit: 'bytes', measure: 'x' }] }
    const kennel = new Kennel({ size: 1, plan }, { monitors: [broken, held], interval: '1s', logger: { info: reject, warn: reject, error: reject } as never })
    await kennel.run(40 * SECOND)
    process.off('warning', listen)
    assert.ok(kennel.verdicts.includes('cooling_down') && kennel.verdicts.includes('acting') && kennel.failures.length === 3)
    assert.equal(new Set(seen).size, 1)
    assert.ok(seen.length >= 5)
  })
})
