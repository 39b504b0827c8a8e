import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, gonePid, start, startBinary, stopPrograms } from '../support/programs.ts'
import { skip } from '../support/skip.ts'
import { frozenTree, TemporaryTree } from '../support/trees.ts'
import { runCommand } from './support/run_command.ts'

interface Item {
  readonly name: string
  readonly rawName: string | null
  readonly deleted: boolean
  readonly guess: boolean
  readonly uss: number
  readonly pss: number
  readonly others?: { readonly processes: number, readonly programs: readonly { program: string, processes: number }[] } | null
}

interface Document {
  readonly schema: number
  readonly type: string
  readonly program: string
  readonly node: boolean
  readonly total: Readonly<Record<string, number | null>>
  readonly kinds: readonly ({ readonly kind: string, readonly items: readonly Item[], readonly left: number } & Readonly<Record<string, unknown>>)[]
  readonly mappings?: readonly Readonly<Record<string, unknown>>[]
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RUNNER = fileURLToPath(new URL('support/command_runner.ts', import.meta.url))
const NO_CONTROLS = /^[\n\x20-\x7e]*$/

describe('smem-ts maps', function () {
  this.timeout(1000 * 60)
  afterEach(stopPrograms)

  async function json(...args: readonly string[]): Promise<Document> {
    const { code, stdout, stderr } = await runCommand('maps', ['--json', ...args])
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as Document
  }

  it('explains a process of a frozen tree', async () => {
    const { code, stdout, stderr } = await runCommand('maps', ['--proc', frozenTree('linux-6.18'), '812'])
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(stdout.replace(/user \S+?([:\n])/, 'user USER$1'), [
      '812 exampled, user USER: /usr/sbin/exampled --port 80',
      'RSS 7772 kB, PSS 6050 kB, USS 5092 kB, swap 136 kB, 3 mappings',
      '',
      'Private  Shared   PSS   RSS  Swap   Size  Count  Mapping',
      '   4992       8  4996  5000   128   8192      1  heap (malloc): [heap]',
      '      0    2052   684  2052     0   6144      1  shared memory: /SYSV00000000 [deleted]',
      '    100     620   370   720     8   1024      1  program: /usr/sbin/exampled (guess)',
      '   5092    2680  6050  7772   136  15360      3  total',
      '(guess): the kernel does not name it; flags, neighbours and alignment make it probable',
      '',
    ].join('\n'))
  })

  it('shows every mapping with --all, in order of address or of a figure', async () => {
    const all = ['--all', '--proc', frozenTree('linux-6.18'), '812']
    const rows = async (...args: readonly string[]): Promise<string[]> => {
      const { stdout } = await runCommand('maps', [...args, ...all])
      return stdout.split('\n').slice(4, -1).map((line) => line.trim().replace(/  +/g, ' '))
    }
    const lines = await rows()
    assert.match(lines[0] ?? '', /^5581c0a00000 5581c0b00000 r-xp 100 620 370 720 8 1024 program\? .* \/usr\/sbin\/exampled$/)
    assert.equal(lines.length, 3)
    assert.match((await rows('-s', 'rss', '-r'))[0] ?? '', /exampled$/)
    const [first, more] = await rows('-s', 'uss', '-n', '1', '-k')
    assert.match(first ?? '', /^5581c2000000 .* 4\.9M 8\.0K 4\.9M 4\.9M 128\.0K 8\.0M heap .* \[heap\]$/)
    assert.equal(more, '2 more')
  })

  it('prints JSON in bytes, whose sums agree', async () => {
    const document = await json('--all', 'self')
    assert.deepEqual([document.schema, document.type, document.node, document.program], [1, 'maps', true, 'node'])
    for (const figure of ['uss', 'shared', 'pss', 'rss', 'swap', 'size', 'count']) {
      const ofKinds = document.kinds.reduce((sum, kind) => sum + (kind[figure] as number), 0)
      assert.equal(ofKinds, document.total[figure], figure)
      if (figure === 'count') assert.equal(document.mappings?.length, ofKinds)
      else assert.equal(document.mappings?.reduce((sum, mapping) => sum + (mapping[figure] as number), 0), ofKinds, figure)
    }
    const program = document.kinds.find(({ kind }) => kind === 'program')
    assert.deepEqual(program?.items.map(({ name, guess }) => [name, guess]), [[realpathSync(process.execPath), false]])
  })

  it('prints CSV, with as many lines of a kind as are asked for', async () => {
    const { stdout } = await runCommand('maps', ['--csv', '-n', '1', '--proc', frozenTree('linux-6.18'), '812'])
    assert.deepEqual(stdout.split('\n'), [
      'kind,name,deleted,guess,count,uss,shared,pss,rss,swap,size',
      'heap,[heap],false,false,1,5111808,8192,5115904,5120000,131072,8388608',
      'shared,/SYSV00000000,true,false,1,0,2101248,700416,2101248,0,6291456',
      'program,/usr/sbin/exampled,false,true,1,102400,634880,378880,737280,8192,1048576',
      '',
    ])
    const { kinds } = await json('-n', '1', 'self')
    assert.ok(kinds.every(({ items }) => items.length === 1) && kinds.some(({ left }) => left > 0))
  })

  it('tells with whom a file is shared', async function () {
    const [one] = await Promise.all([start('steady'), start('steady'), start('steady')])
    const program = await compile('steady')
    const { kinds } = await json('--with', String(one.pid))
    const item = kinds.flatMap(({ items }) => items).find(({ name }) => name === program) ?? assert.fail('no program')
    if (item.others?.processes === 0) skip(this, 'the other processes cannot be read')
    const sharer = item.others?.programs.find(({ program: name }) => name === 'support-steady')
    assert.ok((sharer?.processes ?? 0) >= 2, JSON.stringify(item))
    const { stdout } = await runCommand('maps', ['--with', String(one.pid)])
    assert.match(stdout, /\d+: support-steady \d+ .*support-steady/)
  })

  it('does not take a file of the same name for the same file', async () => {
    using tree = new TemporaryTree()
    const map = (range: string, inode: number, path: string): string => (
      `${range} rw-s 00000000 00:01 ${inode}    ${path}\nSize: 4 kB\nRss: 4 kB\nPss: 2 kB\nShared_Clean: 0 kB\n`
      + 'Shared_Dirty: 4 kB\nPrivate_Clean: 0 kB\nPrivate_Dirty: 0 kB\nSwap: 0 kB\n')
    const smaps = (inode: number): string => (
      map('7f0001000000-7f0001001000', inode, '/memfd:x (deleted)') + map('7f0002000000-7f0002001000', 5, '/data/file'))
    tree.write(1, { smaps: smaps(11) })
    tree.write(2, { smaps: smaps(11) })
    tree.write(3, { smaps: smaps(12) })
    const { kinds } = await json('--with', '--proc', tree.root, '1')
    const others = Object.fromEntries(kinds.flatMap(({ items }) => items).map(({ name, others: found }) => [name, found?.processes]))
    assert.deepEqual(others, { '/memfd:x': 1, '/data/file': 2 })
  })

  it('shows no character that acts on a terminal, and marks removed files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'smem-ts-maps-'))
    try {
      const names = [Buffer.from('a\x1b[31m\x9b2J\n'), Buffer.from('b\u202e.so'), Buffer.from('bad\xff', 'latin1'), Buffer.from('x (deleted)')]
      const args = [...names.map((name) => `keep:${name.toString('hex')}`), `unlink:${Buffer.from('\x1b[2Jgone').toString('hex')}`]
      const { pid } = await startBinary(await compile('map_files'), [folder, ...args], names.length + 2)
      for (const form of [[], ['--all'], ['--json', '--all'], ['--csv'], ['--csv', '--all'], ['--with']]) {
        const { code, stdout } = await runCommand('maps', [...form, String(pid)])
        assert.equal(code, 0)
        assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
      }
      const { stdout } = await runCommand('maps', [String(pid)])
      const shown = stdout.split('\n').slice(2).filter((line) => line.includes(folder)).map((line) => line.slice(line.indexOf(folder) + folder.length + 1)).sort()
      assert.deepEqual(shown, [
        '\\x1b[2Jgone [deleted]', 'a\\x1b[31m\\u009b2J\\012', 'b\\u202e.so', 'bad\\xff', 'x (deleted)',
      ].sort())
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('knows the program by /proc/PID/exe', async () => {
    using tree = new TemporaryTree()
    tree.write(1, { smaps: '00400000-00401000 r-xp 00000000 fd:01 7 /lib/ld.so\nRss: 4 kB\n00500000-00501000 r-xp 00000000 fd:01 8 /bin/one\nRss: 4 kB\n' })
    symlinkSync('/bin/one', join(tree.root, '1', 'exe'))
    const { kinds } = await json('--proc', tree.root, '1')
    assert.deepEqual(kinds.map(({ kind, items: [item] }) => [kind, item?.name, item?.guess]),
      [['program', '/bin/one', false], ['library', '/lib/ld.so', false]])
    assert.equal(kinds[0]?.['pss'], null)
  })

  it('says why a process cannot be read', async () => {
    const fails = async (args: readonly string[], code: number, message: RegExp): Promise<void> => {
      const result = await runCommand('maps', args)
      assert.deepEqual([result.code, result.stdout], [code, ''], args.join(' '))
      assert.match(result.stderr, message)
      assert.match(result.stderr, NO_CONTROLS)
    }
    await fails([String(await gonePid())], 1, /ESRCH \(no such process/)
    await fails(['--proc', frozenTree('linux-6.18'), '2'], 1, /process 2 has no address space \(a kernel thread\)/)
    await fails(['0'], 2, /'0' is no process id/)
    await fails(['12x'], 2, /no process id/)
    await fails([], 2, /needs PID/)
    await fails(['--json', '--csv', 'self'], 2, /exclude each other/)
    await fails(['-s', 'address', 'self'], 2, /--all/)
    await fails(['-s', 'color', 'self'], 2, /one of pss, uss/)
  })

  it('says that it was denied, and what helps', async function () {
    if (process.geteuid?.() !== 0) skip(this, 'only root can become a user that is denied')
    const { pid } = await start('steady')
    const args = ['--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath, '--import', 'tsx', RUNNER, 'maps', String(pid)]
    const { error, status, stdout, stderr } = spawnSync('setpriv', args, { cwd: ROOT, encoding: 'utf8' })
    if (error !== undefined) skip(this, 'setpriv (util-linux) is not installed')
    if (!stderr.includes('smem-ts:')) skip(this, 'uid 65534 may not read this checkout')
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, /EACCES \(owned by uid 0; run as that user or root, or grant CAP_PERFMON/)
  })
})
