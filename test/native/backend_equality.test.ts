import assert from 'node:assert/strict'
import {
  FIELD_COUNT, Report, ScanColumn, type Backend, type MappingTable, type ScanRequest, type ScanTable,
} from '../../src/native/index.ts'
import { bothBackends } from '../support/backends.ts'
import { gonePid, start, stopPrograms, suspend } from '../support/programs.ts'
import { frozenTree, TemporaryTree } from '../support/trees.ts'

const SOURCES = ['rollup', 'smaps'] as const
const TREES = [
  ['linux-4.4', 812], ['linux-5.10', 812], ['linux-6.1', 812], ['linux-6.12', 812], ['linux-6.18', 812],
    ['linux-6.18', 2],
  ['linux-6.18', 813], ['linux-6.18', 999], ['android', 2104], ['gvisor', 7],
] as const
const MALFORMED = [
  '', '\n', 'x', 'Rss: 4 kB\n', '00400000-00500000 rw-p 00000000 00:00 0\n',
    '00400000-00500000 rw-p 00000000 00:00 0\nRss: 4 kB',
  '00400000-00500000 rw-p 00000000 00:00 0\nRss: -4 kB\n', '00400000-00500000 rw-p\nRss: 4 kB\n',
  '00400000-00500000 rw-p 00000000 00:00 0\nRss: 9007199254740992 kB\n',
    '00400000-00500000 rw-p 00000000 00:00 0\nPss: 4 kB\n',
  '00400000-00500000 rw-p 00000000 00:00 0\nRss: 4 kB\n00300000-00310000 rw-p 00000000 00:00 0\nRss: 4 kB\n',
]

/** All that a call gives but the time it took. */
function timeless(report: Float64Array): number[] {
  return [...report].map((value, index) => (index === Report.costNs ? 0 : value))
}

function usageOf(backend: Backend, procRoot: string, pid: number, source: 'rollup' | 'smaps'): unknown {
  const target = new Float64Array(FIELD_COUNT).fill(-7)
  const report = new Float64Array(Report.length).fill(-7)
  const errno = backend.readUsage(procRoot, pid, source, target, report)
  return { errno, figures: [...target], report: timeless(report) }
}

async function usageLaterOf(
  backend: Backend, procRoot: string, pid: number, source: 'rollup' | 'smaps',
): Promise<unknown> {
  const target = new Float64Array(FIELD_COUNT).fill(-7)
  const report = new Float64Array(Report.length).fill(-7)
  const errno = await backend.readUsageAsync(procRoot, pid, source, target, report, new Int32Array(1))
  return { errno, figures: [...target], report: timeless(report) }
}

function mappingsOf(backend: Backend, procRoot: string, pid: number): unknown {
  const report = new Float64Array(Report.length).fill(-7)
  const table: MappingTable | number = backend.readMappings(procRoot, pid, report)
  return { table: typeof table === 'number' ? table : { ...table }, report: timeless(report) }
}

function withoutTimes(table: ScanTable | number): unknown {
  if (typeof table === 'number') return table
  const numbers = Float64Array.from(table.numbers)
  const rowLength = ScanColumn.length + FIELD_COUNT
  for (let at = ScanColumn.report + Report.costNs; at < numbers.length; at += rowLength) numbers[at] = 0
  // Where a row's text lies is the backend's own affair; what it is, is not.
  const text = Buffer.from(table.text)
  const rows = Array.from({ length: table.count }, (_, row) => {
    const at = row * rowLength
    const textAt = numbers[at + ScanColumn.textAt] ?? NaN
    const size = [ScanColumn.commSize, ScanColumn.commandLineSize, ScanColumn.cgroupSize]
      .reduce((sum, column) => sum + Math.max(0, numbers[at + column] ?? NaN), 0)
    numbers[at + ScanColumn.textAt] = 0
    return text.toString('latin1', textAt, textAt + size)
  })
  return { rows, numbers }
}

describe('the two backends', () => {
  const [native, typescript] = bothBackends()
  let tree: TemporaryTree
  before(() => (tree = new TemporaryTree()))
  after(() => tree[Symbol.dispose]())
  afterEach(stopPrograms)

  const alike = <T>(call: (backend: Backend) => T, what: string): void =>
    assert.deepEqual(call(typescript), call(native), what)

  for (const [name, pid] of TREES) {
    it(`read process ${pid} of ${name} alike`, async () => {
      for (const source of SOURCES) {
        alike((backend) => usageOf(backend, frozenTree(name), pid, source), source)
        const later = [native, typescript].map((backend) => usageLaterOf(backend, frozenTree(name), pid, source))
        const [one, other] = await Promise.all(later)
        assert.deepEqual(one, other)
        assert.deepEqual(one, usageOf(native, frozenTree(name), pid, source))
      }
      alike((backend) => mappingsOf(backend, frozenTree(name), pid), 'mappings')
    })
  }

  it('read a stopped process alike', async () => {
    const program = await start('steady', ['--mappings', '200'])
    await suspend(program)
    for (const source of SOURCES) alike((backend) => usageOf(backend, '/proc', program.pid, source), source)
    alike((backend) => mappingsOf(backend, '/proc', program.pid), 'mappings')
  })

  it('refuse alike what cannot be read', async () => {
    const gone = await gonePid()
    const zombie = Number((await start('zombie')).lines[0])
    const cases: readonly (readonly [string, number])[] = [
      ['/proc', gone], ['/proc', zombie], ['/nonexistent', 1], ['/dev/null', 1], ['/proc/self', 1],
        [`/${'x'.repeat(5000)}`, 1],
    ]
    for (const [procRoot, pid] of cases) {
      for (const source of SOURCES) alike((backend) => usageOf(backend, procRoot, pid, source),
        `${procRoot.slice(0, 40)} ${pid}`)
      alike((backend) => mappingsOf(backend, procRoot, pid), `${procRoot.slice(0, 40)} ${pid}`)
      alike((backend) => {
        const opened = backend.openProcess(procRoot, pid)
        return typeof opened === 'number' ? opened : [opened.startTicks, opened.rss(), opened.alive(), opened.close()]
      }, `open ${procRoot.slice(0, 40)} ${pid}`)
    }
  })

  it('refuse malformed text alike, at the same byte', () => {
    for (const text of MALFORMED) {
      tree.write(5, { smaps: text, smaps_rollup: text })
      for (const source of SOURCES) alike((backend) => usageOf(backend, tree.root, 5, source), JSON.stringify(text))
      alike((backend) => mappingsOf(backend, tree.root, 5), JSON.stringify(text))
    }
  })

  it('hold a process alike', async () => {
    const program = await start('steady')
    await suspend(program)
    alike((backend) => {
      const opened = backend.openProcess('/proc', program.pid)
      if (typeof opened === 'number') return opened
      const target = new Float64Array(FIELD_COUNT)
      const report = new Float64Array(Report.length)
      const errno = opened.readUsage('smaps', target, report)
      const result = [opened.startTicks, errno, [...target], timeless(report), opened.rss(), opened.alive()]
      opened.close()
      return result
    }, 'a handle')
  })

  it('scan alike', () => {
    const request: ScanRequest = {
      procRoot: frozenTree('linux-6.18'), source: 'smaps', groupMappings: false, threads: 2, maxRss: Infinity,
      budgetMs: Infinity, only: null,
    }
    const requests: readonly ScanRequest[] = [
      request, { ...request, source: 'rollup' }, { ...request, source: null }, { ...request, threads: 1 },
        { ...request, maxRss: 0 },
      { ...request, budgetMs: 0 }, { ...request, procRoot: '/nonexistent' }, { ...request, procRoot: '/dev/null' },
      { ...request, only: Float64Array.of(812, 4711, 1, 2, 10, 901, 999, 5) }, { ...request, only: new Float64Array() },
      { ...request, groupMappings: true },
    ]
    for (const one of requests) {
      alike((backend) => withoutTimes(backend.scan(one)), JSON.stringify({ ...one, procRoot: '' }))
      alike((backend) => {
        const table = backend.scan(one)
        return typeof table === 'number' ? table : table.groups.length
      }, 'groups')
    }
  })
})
