import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { scanProcesses, type ScannedProcess } from '../../src/index.ts'
import { frozenTree, TemporaryTree, type FrozenTree } from '../support/trees.ts'

const K = 1024
const PAGE = (scanProcesses({ procRoot: frozenTree('linux-4.4') })[0]?.rss ?? NaN) / 1943

function onlyRow(tree: FrozenTree): ScannedProcess {
  const rows = scanProcesses({ procRoot: frozenTree(tree) })
  assert.equal(rows.length, 1)
  return rows[0] ?? assert.fail('no row')
}

describe('a scan of a frozen tree', () => {
  const procRoot = frozenTree('linux-6.18')
  const rows = scanProcesses({ procRoot })

  it('has a row a process, whatever the order of the folder', () => {
    assert.deepEqual(rows.map(({ pid }) => pid), [1, 2, 10, 812, 813])
  })

  it('has all that the files say of a process', () => {
    const { usage, costNs, mappings, ...info } = rows[3] ?? assert.fail('no row')
    assert.deepEqual(info, {
      pid: 812, ppid: 1, startTime: 47110, uid: statSync(`${procRoot}/812`).uid, comm: 'exampled',
      commandLine: ['/usr/sbin/exampled', '--port', '80'], cgroup: '/system.slice/exampled.service', threads: 3,
        state: 'S',
      kernelThread: false, rss: 1943 * PAGE, unavailable: null,
    })
    assert.deepEqual([usage?.uss, usage?.pss, usage?.source], [5092 * K, 6052 * K, 'rollup'])
    assert.ok(costNs > 0)
    assert.equal(mappings, undefined)
  })

  it('finds the end of a name that looks like the rest of its line', () => {
    const row = rows[2]
    assert.deepEqual([row?.comm, row?.ppid, row?.state, row?.threads, row?.startTime], ['a) S 1 (b', 1, 'R', 2, 9000])
    assert.deepEqual(row?.commandLine, ['exampled: worker 1'])
  })

  it('has the kernel thread and the zombie, each with its reason', () => {
    assert.deepEqual([rows[1]?.comm, rows[1]?.kernelThread, rows[1]?.rss], ['kthreadd', true, 0])
    assert.equal(rows[1]?.unavailable?.reason, 'has no address space (a kernel thread)')
    assert.deepEqual([rows[4]?.comm, rows[4]?.kernelThread, rows[4]?.rss], ['gone', false, 0])
    assert.equal(rows[4]?.unavailable?.reason,
      'has no address space (a zombie: it has ended and its parent has not reaped it)')
  })

  const cgroups: readonly (readonly [FrozenTree, string])[] = [
    ['linux-4.4', '/system.slice/exampled.service'], ['linux-5.10', '/system.slice/exampled.service'],
    ['linux-6.1', '/system.slice/exampled.service'], ['android', '/'], ['gvisor', '/'],
  ]
  for (const [tree, cgroup] of cgroups) {
    it(`finds the cgroup in the way of ${tree}`, () => assert.equal(onlyRow(tree).cgroup, cgroup))
  }

  it('says which rows came from smaps', () => {
    assert.equal(onlyRow('linux-4.4').usage?.source, 'smaps')
    assert.equal(onlyRow('linux-5.10').usage?.source, 'rollup')
  })
})

describe('a scan of a made-up tree', () => {
  let tree: TemporaryTree
  beforeEach(() => (tree = new TemporaryTree()))
  afterEach(() => tree[Symbol.dispose]())

  it('takes for processes only what is called by a number', () => {
    tree.write(7, {})
    for (const name of ['self', '7a', '-7', '07x', '99999999999', '0', ' 8']) tree.write(name as unknown as number, {})
    assert.deepEqual(scanProcesses({ procRoot: tree.root }).map(({ pid }) => pid), [7])
  })

  it('leaves out what cannot be identified', () => {
    tree.write(7, { stat: 'nonsense' })
    tree.write(8, { stat: '' })
    tree.write(9, {})
    assert.deepEqual(scanProcesses({ procRoot: tree.root }).map(({ pid }) => pid), [9])
  })

  it('has a process without smaps, and the reason', () => {
    tree.write(9, {})
    const row = scanProcesses({ procRoot: tree.root })[0]
    assert.equal(row?.usage, null)
    assert.deepEqual(row?.unavailable, {
      code: 'ERR_NO_SMAPS',
      reason: 'has neither smaps nor smaps_rollup (a kernel without CONFIG_PROC_PAGE_MONITOR, or an emulation)',
    })
  })

  it('has a process of malformed smaps, and the reason', () => {
    tree.write(9, { smaps_rollup: '00400000-00500000 rw-p 00000000 00:00 0\nRss: many kB\n' })
    assert.deepEqual(scanProcesses({ procRoot: tree.root })[0]?.unavailable, {
      code: 'ERR_MALFORMED_SMAPS', reason: 'a figure is not a number of kB, at byte 40',
    })
  })

  it('has no cgroup where the kernel has none', () => {
    tree.write(9, { cgroup: '' })
    assert.equal(scanProcesses({ procRoot: tree.root })[0]?.cgroup, undefined)
  })

  it('keeps rows of many processes apart', () => {
    for (let pid = 1; pid <= 300; pid++) {
      tree.write(pid, {
        cmdline: `program ${pid}\0`.repeat(pid % 5),
        smaps_rollup: `00400000-00500000 rw-p 00000000 00:00 0\nRss: ${pid} kB\n` +
          `Private_Clean: 0 kB\nPrivate_Dirty: ${pid} kB\n`,
      })
    }
    const rows = scanProcesses({ procRoot: tree.root, threads: 5 })
    assert.equal(rows.length, 300)
    for (const [index, row] of rows.entries()) {
      const pid = index + 1
      assert.deepEqual([row.pid, row.usage?.uss, row.usage?.pss], [pid, pid * K, undefined])
      assert.deepEqual(row.commandLine, Array.from({ length: pid % 5 }, () => `program ${pid}`))
    }
  })
})
