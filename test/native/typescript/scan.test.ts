import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { constants as os } from 'node:os'
import { join } from 'node:path'

import { MALFORMED_SMAPS, NO_ADDRESS_SPACE } from '../../../src/errors.ts'
import { GroupColumn, Report, ScanColumn, ScanOutcome } from '../../../src/native/backend.ts'
import type { ScanRequest, ScanTable } from '../../../src/native/backend.ts'
import { FIELD_COUNT, FIELD_INDEX } from '../../../src/native/field_table.ts'
import { typescriptBackend as backend } from '../../../src/native/typescript/index.ts'
import type { Operation } from '../../../src/native/typescript/operations.ts'
import { pageSize } from '../../../src/native/typescript/page_size.ts'
import { scanProcesses } from '../../../src/native/typescript/scan.ts'
import { countDescriptors } from '../../support/descriptors.ts'
import { TemporaryTree } from '../../support/trees.ts'
import { end, endProcesses, startSleep, startZombie, statOf, suspend } from './processes.ts'
import { mappingText } from './smaps_text.ts'

const { ECANCELED, EMFILE, ENFILE, ENOENT, ENOTDIR } = os.errno
const ROW = ScanColumn.length + FIELD_COUNT
const ROLLUP = mappingText({ path: '[rollup]', figures: { Rss: 8, Pss: 3 } })
const KERNEL_THREAD = 2129984

describe('a scan of a frozen tree by the TypeScript backend', () => {
  let tree = new TemporaryTree()

  beforeEach(() => {
    tree = new TemporaryTree()
  })

  afterEach(() => tree[Symbol.dispose]())

  it('shows each process, in ascending order of pid', () => {
    for (const pid of [300, 9, 1000]) tree.write(pid, { smaps_rollup: ROLLUP })
    for (const name of ['self', '12x', '0', '99999999999']) mkdirSync(join(tree.root, name))
    writeFileSync(join(tree.root, '77'), 'no directory')
    assert.deepEqual(rows(scan()).map(({ pid }) => pid), [9, 300, 1000])
  })

  it('shows what stat, statm, cmdline and cgroup say', () => {
    tree.write(300, { stat: stat({ comm: 'a) b', state: 'T', ppid: 9 }), cmdline: 'a\0-x\0', cgroup: '0::/user\n' })
    tree.write(400, { cmdline: '', cgroup: '' })
    const [first, second] = rows(scan())
    assert.deepEqual([first?.pid, first?.ppid, first?.state, first?.threads, first?.startTicks], [300, 9, 'T', 2, 77])
    assert.deepEqual([first?.comm, first?.commandLine, first?.cgroup], ['a) b', 'a\0-x\0', '0::/user\n'])
    assert.equal(first?.rss, 50 * pageSize())
    assert.equal(first?.uid, process.getuid?.())
    assert.deepEqual([second?.comm, second?.commandLine, second?.cgroup], ['made up', '', ''])
  })

  it('tells an empty command line from one that cannot be read', () => {
    tree.write(300, {})
    rmSync(join(tree.root, '300', 'cmdline'))
    rmSync(join(tree.root, '300', 'cgroup'))
    const [row] = rows(scan())
    assert.deepEqual([row?.commandLine, row?.cgroup], [undefined, ''])
  })

  it('takes command lines and cgroup files of any length', () => {
    const commandLine = 'node\0'.repeat(20_000)
    tree.write(300, { cmdline: commandLine, cgroup: `0::/${'x'.repeat(4096 - 5)}\n` })
    const [row] = rows(scan())
    assert.equal(row?.commandLine, commandLine)
    assert.equal(row?.cgroup.length, 4096)
  })

  it('reads the figures from the file that was asked for', () => {
    tree.write(300, { smaps_rollup: ROLLUP, smaps: mappingText({ figures: { Rss: 8, Pss: 2 } }) })
    const [rollup] = rows(scan({ source: 'rollup' }))
    assert.deepEqual([rollup?.outcome, rollup?.figure('pss'), rollup?.report[Report.source]], [0, 3 * 1024, 0])
    const [smaps] = rows(scan({ source: 'smaps' }))
    assert.deepEqual([smaps?.outcome, smaps?.figure('pss'), smaps?.report[Report.source]], [0, 2 * 1024, 1])
    assert.equal(smaps?.figure('mappings'), 1)
  })

  it('reads no figures when it was not asked for them', () => {
    tree.write(300, { smaps_rollup: ROLLUP })
    tree.write(400, { stat: stat({ state: 'Z' }) })
    const table = rows(scan({ source: null, groupMappings: true }))
    assert.deepEqual(table.map(({ outcome }) => outcome), [ScanOutcome.notAsked, ScanOutcome.notAsked])
    assert.ok(table.every(({ figure }) => Number.isNaN(figure('rss'))))
  })

  it('reads no kernel thread, no zombie, and nobody without pages', () => {
    tree.write(300, { smaps_rollup: ROLLUP, stat: stat({ flags: KERNEL_THREAD }) })
    tree.write(301, { smaps_rollup: ROLLUP, stat: stat({ state: 'Z' }) })
    tree.write(302, { smaps_rollup: ROLLUP, statm: '0 0 0 0 0 0 0\n' })
    const table = rows(scan())
    assert.deepEqual(table.map(({ outcome }) => outcome), [NO_ADDRESS_SPACE, NO_ADDRESS_SPACE, NO_ADDRESS_SPACE])
    assert.deepEqual(table.map(({ kernelThread }) => kernelThread), [1, 0, 0])
    assert.equal(table[2]?.rss, 0)
  })

  it('leaves the page walk of a process out whose RSS is above the limit', () => {
    tree.write(300, { smaps_rollup: ROLLUP, statm: '100 50 0 0 0 0 0\n' })
    tree.write(301, { smaps_rollup: ROLLUP, statm: '100 51 0 0 0 0 0\n' })
    const outcomes = rows(scan({ maxRss: 50 * pageSize() })).map(({ outcome }) => outcome)
    assert.deepEqual(outcomes, [0, ScanOutcome.overMaxRss])
  })

  it('reads nobody once the budget is spent, and still lists everybody', () => {
    tree.write(300, { smaps_rollup: ROLLUP })
    tree.write(301, { smaps_rollup: ROLLUP })
    const table = rows(scan({ budgetMs: 0 }))
    assert.deepEqual(table.map(({ outcome }) => outcome), [ScanOutcome.overBudget, ScanOutcome.overBudget])
    assert.ok(table.every(({ rss }) => rss > 0))
  })

  it('keeps a process whose figures cannot be read, with the reason', () => {
    tree.write(300, { smaps: `${mappingText()}?\n` })
    const [row] = rows(scan({ source: 'smaps' }))
    assert.equal(row?.outcome, MALFORMED_SMAPS)
    assert.equal(row?.report[Report.offset], mappingText().length)
    assert.ok(Number.isNaN(row?.figure('rss')))
  })

  it('leaves out whom it cannot identify', () => {
    tree.write(300, { stat: 'nonsense' })
    mkdirSync(join(tree.root, '301'))
    tree.write(302, {})
    assert.deepEqual(rows(scan()).map(({ pid }) => pid), [302])
  })

  it('reads only whom it was told, if it is still the same process', () => {
    for (const pid of [300, 301, 302]) tree.write(pid, { stat: stat({}) })
    const only = Float64Array.of(302, 77, 300, 77, 301, 78, 999, 77)
    assert.deepEqual(rows(scan({ only })).map(({ pid }) => pid), [300, 302])
    assert.equal(scan({ only: new Float64Array(0) }).count, 0)
  })

  it('says why there is no list of processes', () => {
    assert.equal(backend.scan(request({ procRoot: join(tree.root, 'none') })), ENOENT)
    writeFileSync(join(tree.root, 'file'), '')
    assert.equal(backend.scan(request({ procRoot: join(tree.root, 'file') })), ENOTDIR)
  })

  it('sums the mappings of each process by name', () => {
    const mapping = (page: number, path: string, rss: number) =>
      mappingText({ start: page * 0x1000, end: page * 0x1000 + 0x1000, path, figures: { Rss: rss } })
    tree.write(300, { smaps: mapping(1, '/a', 4) + mapping(2, '', 2) + mapping(3, '/a', 8) })
    tree.write(301, { smaps: '?\n' })
    tree.write(302, { smaps: mapping(1, '/b', 1) })
    const table = scan({ source: 'smaps', groupMappings: true })
    assert.deepEqual(groups(table), [[0, '/a', 2, 12 * 1024], [0, '', 1, 2 * 1024], [2, '/b', 1, 1024]])
    assert.deepEqual(rows(table).map(({ outcome }) => outcome), [0, MALFORMED_SMAPS, 0])
    assert.equal(rows(table)[0]?.figure('rss'), 14 * 1024)
    assert.equal(scan({ source: 'smaps' }).groups.length, 0)
  })

  it('does the same without blocking', async () => {
    for (const pid of [300, 9, 1000]) tree.write(pid, { smaps_rollup: ROLLUP, smaps: mappingText({ path: '/a' }) })
    const costs = (table: ScanTable) => table.numbers.filter((_, i) => i % ROW !== ScanColumn.report + Report.costNs)
    for (const groupMappings of [false, true]) {
      const asked = { procRoot: tree.root, groupMappings }
      const table = await backend.scanAsync(request(asked), new Int32Array(1))
      assert.ok(typeof table !== 'number')
      assert.deepEqual(costs(table), costs(scan(asked)))
      assert.deepEqual({ ...table, numbers: 0 }, { ...scan(asked), numbers: 0 })
    }
    assert.equal(await backend.scanAsync(request({ procRoot: tree.root }), new Int32Array([1])), ECANCELED)
  })

  it('hides nobody for want of descriptors: the scan fails', () => {
    for (const pid of [300, 301]) tree.write(pid, { smaps_rollup: ROLLUP })
    for (const errno of [EMFILE, ENFILE]) {
      for (const place of ['/301', '/stat', '/statm']) assert.equal(scanRefusing(place, errno), errno)
      const table = scanRefusing('/smaps_rollup', errno)
      assert.ok(typeof table !== 'number')
      assert.deepEqual(rows(table).map(({ outcome }) => outcome), [errno, errno])
    }
  })

  function scan(change: Partial<ScanRequest> = {}): ScanTable {
    const before = countDescriptors()
    const table = backend.scan(request({ procRoot: tree.root, ...change }))
    assert.equal(countDescriptors(), before)
    assert.ok(typeof table !== 'number', `the scan failed with errno ${String(table)}`)
    return table
  }

  /** A scan of the tree as it would be if every path that ends so were refused. */
  function scanRefusing(ending: string, errno: number): ScanTable | number {
    const open = new Set<number>()
    const texts: string[] = []
    const perform = (operation: Operation): number => {
      switch (operation.kind) {
        case 'list': return operation.names.push('300', '301')
        case 'open': {
          if (operation.path.endsWith(ending)) return -errno
          const files: Record<string, string> = { stat: stat({}), statm: '100 50 0 0 0 0 0\n', smaps_rollup: ROLLUP }
          const fd = texts.push(files[operation.path.replace(/.*\//, '')] ?? '') - 1
          open.add(fd)
          return fd
        }
        case 'read': {
          const text = texts[operation.fd] ?? ''
          texts[operation.fd] = ''
          operation.into.set(Buffer.from(text, 'latin1'), operation.at)
          return text.length
        }
        case 'close': return open.delete(operation.fd) ? 0 : -os.errno.EBADF
        default: return 0
      }
    }
    const steps = scanProcesses(request({ procRoot: '/proc' }))
    let step = steps.next()
    while (step.done !== true) step = steps.next(perform(step.value))
    assert.equal(open.size, 0, 'descriptors left open')
    return step.value
  }
})

describe('a scan of real processes by the TypeScript backend', () => {
  afterEach(endProcesses)

  it('shows a process, a zombie and itself', async () => {
    const [sleeping, zombie] = [await startSleep(), await startZombie()]
    await suspend(sleeping.pid)
    const table = rows(scanOf('/proc', {}))
    const find = (pid: number) => table.find((row) => row.pid === pid)
    const asleep = find(sleeping.pid)
    assert.deepEqual(
      [asleep?.comm, asleep?.commandLine, asleep?.state, asleep?.ppid, asleep?.uid, asleep?.outcome],
      ['sleep', 'sleep\x001000\0', 'T', process.pid, process.getuid?.(), 0],
    )
    assert.equal(asleep?.startTicks, Number(statOf(sleeping.pid)?.fields[19]))
    assert.ok((asleep?.figure('rss') ?? 0) > 0)
    assert.deepEqual([find(zombie)?.state, find(zombie)?.outcome, find(zombie)?.rss], ['Z', NO_ADDRESS_SPACE, 0])
    assert.equal(find(process.pid)?.outcome, 0)
    assert.deepEqual(table.map(({ pid }) => pid), table.map(({ pid }) => pid).sort((a, b) => a - b))
  })

  it('leaves out a process that has ended', async () => {
    const child = await startSleep()
    const startTicks = Number(statOf(child.pid)?.fields[19])
    const only = Float64Array.of(child.pid, startTicks)
    assert.equal(scanOf('/proc', { only }).count, 1)
    await end(child)
    assert.equal(scanOf('/proc', { only }).count, 0)
  })
})

function request(change: Partial<ScanRequest>): ScanRequest {
  return {
    procRoot: '/proc', source: 'rollup', groupMappings: false, threads: 1, maxRss: Infinity, budgetMs: Infinity,
    only: null, ...change,
  }
}

function scanOf(procRoot: string, change: Partial<ScanRequest>): ScanTable {
  const table = backend.scan(request({ procRoot, ...change }))
  assert.ok(typeof table !== 'number')
  return table
}

function rows(table: ScanTable) {
  assert.equal(table.numbers.length, table.count * ROW)
  return Array.from({ length: table.count }, (_, i) => {
    const row = table.numbers.subarray(i * ROW, (i + 1) * ROW)
    const column = (name: keyof typeof ScanColumn): number => row[ScanColumn[name]] ?? NaN
    const commandLineAt = column('textAt') + column('commSize')
    const cgroupAt = commandLineAt + Math.max(column('commandLineSize'), 0)
    return {
      pid: column('pid'), ppid: column('ppid'), uid: column('uid'), threads: column('threads'), rss: column('rss'),
      startTicks: column('startTicks'), state: String.fromCharCode(column('state')),
      kernelThread: column('kernelThread'), outcome: column('outcome'),
      comm: textOf(table, column('textAt'), column('commSize')),
      commandLine: column('commandLineSize') < 0 ? undefined : textOf(table, commandLineAt, column('commandLineSize')),
      cgroup: textOf(table, cgroupAt, column('cgroupSize')),
      report: row.subarray(ScanColumn.report, ScanColumn.length),
      figure: (name: keyof typeof FIELD_INDEX): number => row[ScanColumn.length + FIELD_INDEX[name]] ?? NaN,
    }
  })
}

/** As [row of the process, path, count, rss]. */
function groups(table: ScanTable) {
  const size = GroupColumn.length + FIELD_COUNT
  return Array.from({ length: table.groups.length / size }, (_, i) => {
    const column = (at: number): number => table.groups[i * size + at] ?? NaN
    const path = textOf(table, column(GroupColumn.textAt), column(GroupColumn.pathSize))
    const figures = [FIELD_INDEX.mappings, FIELD_INDEX.rss].map((field) => column(GroupColumn.length + field))
    return [column(GroupColumn.process), path, ...figures]
  })
}

function textOf(table: ScanTable, at: number, size: number): string {
  return Buffer.from(table.text.subarray(at, at + size)).toString('latin1')
}

interface StatFields {
  comm?: string
  state?: string
  ppid?: number
  flags?: number
}

function stat({ comm = 'x', state = 'S', ppid = 1, flags = 4194304 }: StatFields): string {
  return `17 (${comm}) ${state} ${ppid} 1 1 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 2 0 77 0 0\n`
}
