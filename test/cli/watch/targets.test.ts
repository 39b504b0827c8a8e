import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TextFilter } from '../../../src/cli/text_filter.ts'
import { WatchTargets, type TargetSelectors } from '../../../src/cli/watch/targets.ts'
import { listProcesses, type ProcessInfo } from '../../../src/processes/index.ts'
import { gonePid, start, stopPrograms } from '../../support/programs.ts'
import { skip } from '../../support/skip.ts'

const NOTHING: TargetSelectors = { pids: undefined, pidfile: undefined, cgroup: undefined, match: undefined }
const HOSTILE = '\x1b[31mred\nREADY=1'

function infoOf(pid: number, more: Partial<ProcessInfo> = {}): ProcessInfo {
  return {
    pid, ppid: 1, startTime: pid * 10, uid: 0, comm: `p${pid}`, commandLine: [`p${pid}`], cgroup: '/', threads: 1, state: 'S',
    kernelThread: false, rss: 1024 ** 2, ...more,
  }
}

function filter(expression: RegExp, deadlineMs = 1000): TextFilter {
  return new TextFilter(expression, { name: '--match', deadlineMs })
}

describe('the targets of a watch', () => {
  let directory: string
  let notes: string[]
  let all: ProcessInfo[]
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'smem-ts-watch-'))
    notes = []
    all = []
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))
  afterEach(stopPrograms)

  function targets(selectors: Partial<TargetSelectors>): WatchTargets {
    return new WatchTargets({ ...NOTHING, ...selectors }, { note: (line) => notes.push(line), list: () => Promise.resolve(all) })
  }

  async function pidsOf(found: WatchTargets): Promise<number[]> {
    return (await found.find()).map(({ pid }) => pid)
  }

  it('are those that match, new ones too, by name and command line', async () => {
    all = [infoOf(20, { comm: 'node' }), infoOf(21, { commandLine: ['/bin/sh', 'node'] }), infoOf(22)]
    const matching = targets({ match: filter(/node/) })
    assert.deepEqual(await pidsOf(matching), [20, 21])
    all = [infoOf(21, { comm: 'node' }), infoOf(30, { comm: 'node' })]
    assert.deepEqual(await pidsOf(matching), [21, 30])
    assert.equal(matching.isExhausted, false)
  })

  it('are never this process, those above it, the first one, kernel threads, and what has no memory or is hidden', async () => {
    all = [
      infoOf(1, { ppid: 0, comm: 'node' }), infoOf(2, { ppid: 0, kernelThread: true, comm: 'node' }),
      infoOf(20, { comm: 'node' }), infoOf(process.pid, { ppid: 20, comm: 'node' }),
      infoOf(21, { comm: 'node', state: 'Z', rss: 0 }), infoOf(22, { comm: 'node', startTime: NaN }), infoOf(23, { comm: 'node' }),
    ]
    assert.deepEqual(await pidsOf(targets({ match: filter(/node/) })), [23])
    for (const pid of [1, 2, 20, process.pid]) {
      await assert.rejects(targets({ pids: new Set([pid]) }).find(), {
        name: 'UsageError', message: new RegExp(`^--pid: process ${pid} is never watched`),
      })
    }
  })

  it('really leave out this process and those above it', async () => {
    const everything = new WatchTargets({ ...NOTHING, match: filter(/[^]/) }, { note: () => undefined })
    const pids = await pidsOf(everything)
    const own = (await listProcesses()).find(({ pid }) => pid === process.pid)
    assert.ok(!pids.includes(process.pid) && !pids.includes(own?.ppid ?? NaN) && !pids.includes(1))
  })

  it('named by pid are for good: who gets the pid later was not meant', async () => {
    all = [infoOf(20), infoOf(21)]
    const named = targets({ pids: new Set([20, 21]) })
    assert.deepEqual(await pidsOf(named), [20, 21])
    all = [infoOf(20, { startTime: 999 }), infoOf(21)]
    assert.deepEqual(await pidsOf(named), [21])
    assert.equal(named.isExhausted, false)
    all = [infoOf(20, { startTime: 999 }), infoOf(21, { state: 'Z', rss: 0 })]
    assert.deepEqual(await pidsOf(named), [])
    assert.equal(named.isExhausted, true)
  })

  it('that do not run are told, and an error when there are no others', async () => {
    all = [infoOf(20)]
    assert.deepEqual(await pidsOf(targets({ pids: new Set([20, 21]) })), [20])
    assert.deepEqual(notes, ['process 21: not running'])
    await assert.rejects(targets({ pids: new Set([21, 22]) }).find(), {
      name: 'SmemError', code: 'ESRCH', message: 'processes 21, 22: not running',
    })
  })

  it('that are named and chosen by an expression must match it', async () => {
    all = [infoOf(20, { comm: 'node' }), infoOf(21), infoOf(22, { comm: 'node' })]
    const both = targets({ pids: new Set([20, 21]), match: filter(/node/) })
    assert.deepEqual(await pidsOf(both), [20])
    all = [infoOf(20), infoOf(21)]
    assert.deepEqual(await pidsOf(both), [])
    assert.equal(both.isExhausted, false)
  })

  describe('by a pid file', () => {
    let path: string
    let program: ProcessInfo
    beforeEach(async () => {
      path = join(directory, 'app.pid')
      const { pid } = await start('steady')
      all = [...await listProcesses()]
      program = all.find((process) => process.pid === pid) ?? assert.fail('it runs')
    })

    it('are whom it names, before, after and while it is rewritten', async () => {
      const filed = targets({ pidfile: path })
      assert.deepEqual(await pidsOf(filed), [])
      writeFileSync(path, `  ${program.pid}\n/var/lib/app\n`)
      assert.deepEqual(await pidsOf(filed), [program.pid])
      writeFileSync(path, '')
      assert.deepEqual(await pidsOf(filed), [])
      const next = await start('steady')
      all = [...await listProcesses()]
      writeFileSync(path, String(next.pid))
      assert.deepEqual(await pidsOf(filed), [next.pid])
      assert.deepEqual(notes, [
        `--pidfile ${path} does not exist; waiting`, `--pidfile ${path} is well again`,
        `--pidfile ${path} holds no process id; waiting`, `--pidfile ${path} is well again`,
      ])
      assert.equal(filed.isExhausted, false)
    })

    it('are nobody when it names a process that does not exist', async () => {
      const pid = await gonePid()
      writeFileSync(path, String(pid))
      assert.deepEqual(await pidsOf(targets({ pidfile: path })), [])
      assert.deepEqual(notes, [`--pidfile ${path} names process ${pid}, which does not exist; waiting`])
    })

    it('are nobody when the process started after the file was written', async () => {
      writeFileSync(path, String(program.pid))
      const long = Date.now() / 1000 - 3600 * 24 * 365
      utimesSync(path, long, long)
      assert.deepEqual(await pidsOf(targets({ pidfile: path })), [])
      assert.match(notes[0] ?? '', /was written before process \d+, which it names, had started: that is another one; waiting$/)
    })

    it('says that it names what is never watched', async () => {
      const path = join(directory, 'own')
      all = [infoOf(1), infoOf(process.pid)]
      for (const pid of [1, process.pid]) {
        writeFileSync(path, String(pid))
        notes.length = 0
        assert.deepEqual(await pidsOf(targets({ pidfile: path })), [])
        assert.match(notes.join(), new RegExp(`names process ${pid}, which is never watched: .*; waiting$`))
      }
    })

    it('waits when it can be opened and not be read', async () => {
      const path = '/proc/self/mem'
      assert.deepEqual(await pidsOf(targets({ pidfile: path })), [])
      assert.deepEqual(notes, [`--pidfile ${path} cannot be read: EIO; waiting`])
    })

    it('are nobody when it is none: never waits for a FIFO, and shows no name as it is', async () => {
      execFileSync('mkfifo', [path])
      assert.deepEqual(await pidsOf(targets({ pidfile: path })), [])
      mkdirSync(join(directory, 'sub'))
      assert.deepEqual(await pidsOf(targets({ pidfile: join(directory, 'sub') })), [])
      assert.deepEqual(await pidsOf(targets({ pidfile: join(directory, HOSTILE) })), [])
      const text = join(directory, 'text')
      for (const content of ['x', '-1', '0', '12345678', '1e3']) {
        writeFileSync(text, content)
        assert.deepEqual(await pidsOf(targets({ pidfile: text })), [], content)
      }
      assert.match(notes[0] ?? '', /is no regular file; waiting$/)
      assert.match(notes[1] ?? '', /is no regular file; waiting$/)
      assert.match(notes[2] ?? '', /\\x1b\[31mred\\nREADY=1 does not exist; waiting$/)
    })
  })

  it('by a control group are its processes and those of the groups below it, while it is there', async () => {
    all = [infoOf(20), infoOf(21), infoOf(22), infoOf(23)]
    const group = join(directory, 'app.slice')
    const grouped = targets({ cgroup: group })
    assert.deepEqual(await pidsOf(grouped), [])
    mkdirSync(join(group, 'a', 'b'), { recursive: true })
    writeFileSync(join(group, 'cgroup.procs'), '20\n0\n')
    writeFileSync(join(group, 'a', 'cgroup.procs'), '')
    writeFileSync(join(group, 'a', 'b', 'cgroup.procs'), '22\n99\n')
    assert.deepEqual(await pidsOf(grouped), [20, 22])
    rmSync(group, { recursive: true })
    assert.deepEqual(await pidsOf(grouped), [])
    assert.deepEqual(notes, [
      `--cgroup ${group} does not exist; waiting`, `--cgroup ${group} is well again`, `--cgroup ${group} does not exist; waiting`,
    ])
  })

  it('by the name of a control group are found where control groups are mounted', async function () {
    const { pid } = await start('steady')
    all = [...await listProcesses()]
    const names = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trimEnd().split('\n').map((line) => line.split(':').slice(2).join(':'))
    const mounts = ['', '/memory', '/unified'].map((mount) => `/sys/fs/cgroup${mount}`)
    const name = names.find((one) => mounts.some((mount) => existsSync(join(mount, one, 'cgroup.procs'))))
    if (name === undefined) skip(this, 'no control group of this process is mounted under its name')
    assert.ok((await pidsOf(targets({ cgroup: name }))).includes(pid))
  })

  it('stay those that matched when a new process makes the expression slow, which is told once', async () => {
    const slow = filter(/^(a+)+$/, 50)
    all = [infoOf(20, { comm: 'aaa' }), infoOf(21)]
    const matching = targets({ match: slow })
    assert.deepEqual(await pidsOf(matching), [20])
    all = [infoOf(20, { comm: 'aaa' }), infoOf(21), infoOf(22, { comm: `${'a'.repeat(60)}!` })]
    assert.deepEqual(await pidsOf(matching), [20])
    assert.deepEqual(await pidsOf(matching), [20])
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /^--match takes too long on the text of a new process; the processes that matched before/)
    await assert.rejects(targets({ match: slow }).find(), { name: 'UsageError' })
  })
})
