import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSmaps, scanProcesses, type ScannedProcess } from '../../src/index.ts'
import * as promises from '../../src/promises.ts'
import { cgroupPath } from '../../src/system/index.ts'
import { compile, start, startBinary, statFields, stopPrograms, suspend } from '../support/programs.ts'
import { skip } from '../support/skip.ts'

/** The row of one process in a scan of all of them. */
function rowOf(pid: number, rows: readonly ScannedProcess[] = scanProcesses()): ScannedProcess {
  return rows.find((row) => row.pid === pid) ?? assert.fail(`process ${pid} is missing`)
}

describe('a scan', () => {
  afterEach(stopPrograms)

  it('has this process', () => {
    const row = rowOf(process.pid)
    assert.equal(row.ppid, process.ppid)
    assert.equal(row.uid, process.geteuid?.())
    assert.equal(row.comm, readFileSync('/proc/self/comm', 'utf8').slice(0, -1))
    assert.deepEqual(row.commandLine, readFileSync('/proc/self/cmdline', 'utf8').slice(0, -1).split('\0'))
    assert.equal(row.cgroup, cgroupPath(readFileSync('/proc/self/cgroup', 'utf8')))
    assert.equal(row.startTime, Number(statFields(process.pid)?.[19]) * 10)
    assert.ok(row.threads >= 1)
    assert.equal(row.kernelThread, false)
    assert.equal(row.unavailable, null)
    assert.ok(row.usage !== null && row.costNs > 0)
    assert.equal(row.usage.costNs, row.costNs)
  })

  it('has our children, with the figures that readSmaps has', async () => {
    const program = await start('steady', ['--threads', '3', '--mappings', '40'])
    await suspend(program)
    const row = rowOf(program.pid, scanProcesses({ source: 'smaps' }))
    const expected = readSmaps(program.pid, { source: 'smaps' })
    assert.deepEqual([row.ppid, row.threads, row.state, row.comm], [process.pid, 4, 'T', 'support-steady'])
    assert.deepEqual(row.commandLine?.slice(1), ['--threads', '3', '--mappings', '40'])
    // Not uss: other processes that have the same libraries come and go between the two reads.
    for (const name of ['rss', 'size', 'mappings', 'privateDirty', 'anonymous', 'source'] as const) {
      assert.equal(row.usage?.[name], expected[name], name)
    }
    assert.ok(Math.abs(row.rss - (expected.rss ?? NaN)) < 2 ** 20)
  })

  it('reads the rollup unless it is told otherwise', () => {
    assert.equal(rowOf(process.pid).usage?.source, 'rollup')
    assert.equal(rowOf(process.pid).usage?.mappings, undefined)
    assert.equal(rowOf(process.pid, scanProcesses({ source: 'smaps' })).usage?.source, 'smaps')
  })

  it('is in ascending order of pid, each once', async () => {
    for (const rows of [scanProcesses(), scanProcesses({ threads: 7 }), await promises.scanProcesses()]) {
      const pids = rows.map(({ pid }) => pid)
      assert.deepEqual(pids, [...new Set(pids)].sort((a, b) => a - b))
    }
  })

  it('has a zombie, without usage and with the reason', async () => {
    const program = await start('zombie')
    const row = rowOf(Number(program.lines[0]))
    assert.deepEqual([row.ppid, row.state, row.rss, row.usage, row.commandLine], [program.pid, 'Z', 0, null, []])
    assert.deepEqual(row.unavailable, {
      code: 'ERR_NO_ADDRESS_SPACE',
      reason: 'has no address space (a zombie: it has ended and its parent has not reaped it)',
    })
    assert.equal(row.costNs, 0)
  })

  it('has the kernel threads, without usage and with the reason', function () {
    const threads = scanProcesses().filter(({ kernelThread }) => kernelThread)
    if (threads.length === 0) skip(this, 'no kernel thread is visible here (a pid namespace, or hidepid)')
    for (const row of threads) {
      assert.deepEqual([row.usage, row.rss, row.costNs], [null, 0, 0])
      assert.deepEqual(row.unavailable, { code: 'ERR_NO_ADDRESS_SPACE',
        reason: 'has no address space (a kernel thread)' })
      assert.deepEqual(row.commandLine, [])
    }
  })

  it('says of every process without usage why, and of none with it', () => {
    for (const row of scanProcesses()) assert.equal(row.usage === null, row.unavailable !== null, `process ${row.pid}`)
  })

  it('agrees with itself on one thread and on many', async () => {
    const programs = await Promise.all(Array.from({ length: 6 }, () => start('steady', ['--mappings', '10'])))
    await Promise.all(programs.map(suspend))
    const pids = new Set(programs.map(({ pid }) => pid))
    const scan = (threads: number): unknown =>
      scanProcesses({ threads, source: 'smaps', filter: ({ pid }) => pids.has(pid) })
        .map(({ costNs, usage, ...row }) => ({ ...row, anonymous: usage?.anonymous, rss: usage?.rss, timed: costNs > 0 }))
    const one = scan(1)
    assert.equal((one as readonly unknown[]).length, 6)
    for (const threads of [2, 4, 256]) assert.deepEqual(scan(threads), one, `${threads} threads`)
  })

  it('fails where there is no /proc', async () => {
    const expected = {
      name: 'SmemError', code: 'ENOENT', errno: -2, syscall: 'scandir', path: '/nonexistent/proc',
      message: 'cannot list the processes in /nonexistent/proc: ENOENT',
    }
    const filter = (): boolean => true
    assert.throws(() => scanProcesses({ procRoot: '/nonexistent/proc' }), expected)
    assert.throws(() => scanProcesses({ procRoot: '/nonexistent/proc', filter }), expected)
    await assert.rejects(promises.scanProcesses({ procRoot: '/nonexistent/proc' }), expected)
    await assert.rejects(promises.scanProcesses({ procRoot: '/nonexistent/proc', filter }), expected)
    assert.throws(() => scanProcesses({ procRoot: '/dev/null' }), { code: 'ENOTDIR', errno: -20 })
  })

  it('of a folder without processes is empty', () => {
    const folder = mkdtempSync(join(tmpdir(), 'smem-ts-empty-'))
    try {
      assert.deepEqual(scanProcesses({ procRoot: folder }), [])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a process of a hostile name', () => {
  afterEach(stopPrograms)

  const names = ['a) S 1 (b', ') Z 0 (', '((', '))', '\n', 'x\ny', ' ', '\x1b[31m', '\f\r', 'é\u2028']
  for (const name of names) {
    it(`is listed as ${JSON.stringify(name)}, with all else in its place`, async () => {
      const { pid } = await start('steady', ['--comm', name])
      const row = rowOf(pid)
      assert.deepEqual([row.comm, row.ppid, row.threads], [name, process.pid, 1])
      assert.ok(row.usage !== null)
    })
  }

  it('may have it from its file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'smem-ts-name-'))
    try {
      const binary = join(folder, 'a) S 1 (b')
      copyFileSync(await compile('steady'), binary)
      const { pid } = await startBinary(binary)
      assert.equal(rowOf(pid).comm, 'a) S 1 (b')
      assert.deepEqual(rowOf(pid).commandLine, [binary])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a command line', () => {
  afterEach(stopPrograms)

  it('keeps empty arguments, spaces and control characters', async () => {
    const args = ['', 'two words', '\x1b[0m\n', '', 'last', '']
    const { pid } = await start('steady', args)
    assert.deepEqual(rowOf(pid).commandLine?.slice(1), args)
  })

  it('that a process rewrote keeps its last letter', async () => {
    const padding = 'x'.repeat(100)
    const { pid } = await start('steady', [padding, '--title', 'worker: idle'])
    const raw = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    const words = (raw.endsWith('\0') ? raw.slice(0, -1) : raw).split('\0')
    assert.ok(words[0]?.startsWith('worker: idle'))
    assert.deepEqual(rowOf(pid).commandLine, words)
  })

  it('may be longer than a page', async () => {
    const long = 'y'.repeat(50000)
    const { pid } = await start('steady', [long, 'end'])
    assert.deepEqual(rowOf(pid).commandLine?.slice(1), [long, 'end'])
  })
})
