import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, realpathSync } from 'node:fs'
import { readMappings, type Mapping } from '../../src/index.ts'
import { classifyMappings, runsNode, summarizeMappings } from '../../src/processes/index.ts'
import { TemporaryTree } from '../support/trees.ts'
import { within } from '../support/wait_for.ts'

const MB = 1024 ** 2

/** 'start-end perms name', with '! flags' behind it; sizes in pages of 4 KiB, all of it private and resident. */
function mapped(...lines: readonly string[]): readonly Mapping[] {
  using tree = new TemporaryTree()
  const smaps = lines.map((line) => {
    const [text = '', flags = 'rd wr mr mw me'] = line.split(' ! ')
    const [range = '', perms = '', ...name] = text.split(' ')
    const [start = '', end = ''] = range.split('-')
    const kilobytes = Number(BigInt(`0x${end}`) - BigInt(`0x${start}`)) / 1024
    const inode = name[0]?.startsWith('/') === true ? '00000000 fd:01 7' : '00000000 00:00 0'
    const rss = perms.startsWith('---') ? 0 : kilobytes
    return `${start.padStart(8, '0')}-${end.padStart(8, '0')} ${perms} ${inode} ${name.join(' ')}\n`
      + `Size: ${kilobytes} kB\nRss: ${rss} kB\nPss: ${rss} kB\nShared_Clean: 0 kB\nShared_Dirty: 0 kB\n`
      + `Private_Clean: 0 kB\nPrivate_Dirty: ${rss} kB\nSwap: 0 kB\nVmFlags: ${flags} \n`
  })
  tree.write(1, { smaps: smaps.join('') })
  return readMappings(1, { procRoot: tree.root })
}

function kinds(exe: string | undefined, ...lines: readonly string[]): readonly string[] {
  return classifyMappings(mapped(...lines), { exe })
    .map(({ kind, name, guess }) => `${kind}${guess ? '?' : ''} ${name}`)
}

describe('what mappings are for', () => {
  it('is the program, its libraries and other files', () => {
    assert.deepEqual(kinds('/bin/one', '400000-401000 r--p /bin/one', '401000-402000 r-xp /bin/one', '402000-403000 rw-p /bin/one',
      '7f0000000000-7f0000001000 r--p /lib/libc.so.6', '7f0000001000-7f0000002000 r-xp /lib/libc.so.6',
      '7f0000003000-7f0000004000 r--p /lib/data-only.so.2', '7f0000005000-7f0000006000 r--p /usr/locale',
      '7f0000007000-7f0000008000 r--p /app/addon.node'), [
      'program /bin/one', 'program /bin/one', 'program /bin/one', 'library /lib/libc.so.6', 'library /lib/libc.so.6',
      'library /lib/data-only.so.2', 'file /usr/locale', 'library /app/addon.node',
    ])
  })

  it('is a guess for the program, when /proc/PID/exe does not tell', () => {
    assert.deepEqual(kinds(undefined, '400000-401000 r-xp /bin/one', '500000-501000 r-xp /lib/two.so'),
      ['program? /bin/one', 'library /lib/two.so'])
  })

  it('is the same for a program that was removed while it runs', () => {
    const [row] = classifyMappings(mapped('400000-401000 r-xp /bin/one (deleted)'), { exe: '/bin/one (deleted)' })
    assert.deepEqual([row?.kind, row?.name, row?.mapping.deleted], ['program', '/bin/one', true])
  })

  it('is what the kernel calls it', () => {
    assert.deepEqual(kinds('/x', '1000-2000 rw-p [heap]', '3000-4000 rw-p [stack]', '5000-6000 r-xp [vdso]', '7000-8000 r--p [vvar]',
      '9000-a000 r--p [vvar_vclock]', 'b000-c000 rw-s anon_inode:[io_uring]', 'ffffffffff600000-ffffffffff601000 --xp [vsyscall]'), [
      'heap [heap]', 'stack [stack]', 'kernel [vdso]', 'kernel [vvar]', 'kernel [vvar_vclock]', 'device anon_inode:[io_uring]',
      'kernel [vsyscall]',
    ])
  })

  it('is what programs and allocators call it', () => {
    assert.deepEqual(kinds('/x', '1000-2000 rw-p [anon: glibc: malloc arena]', '3000-4000 rw-p [anon: glibc: pthread stack: 4711]',
      '5000-6000 rw-p [anon:scudo:primary]', '7000-8000 rw-p [anon:.bss]', '9000-a000 rw-p [anon:v8]', 'b000-c000 rw-p [anon:mine]',
      'd000-e000 rwxp [anon:mine]', 'f000-10000 rw-s [anon_shmem:mine]'), [
      'heap [anon: glibc: malloc arena]', 'stack [anon: glibc: pthread stack]', 'heap [anon:scudo:primary]', 'bss [anon:.bss]',
      'v8 [anon:v8]', 'anonymous [anon:mine]', 'code [anon:mine]', 'shared [anon_shmem:mine]',
    ])
  })

  it('is shared memory that looks like a file', () => {
    assert.deepEqual(kinds('/x', '1000-2000 rw-s /dev/shm/one', '3000-4000 rw-s /memfd:two (deleted)',
      '5000-6000 rw-s /SYSV00000000 (deleted)', '7000-8000 rw-s /dev/zero (deleted)', '9000-a000 r-xs /memfd:doublemapper (deleted)',
      'b000-c000 rw-s /dev/dri/card0', 'd000-e000 r--p /memfd:no-such-thing'), [
      'shared /dev/shm/one', 'shared /memfd:two', 'shared /SYSV00000000', 'shared /dev/zero', 'code /memfd:doublemapper',
      'device /dev/dri/card0', 'file /memfd:no-such-thing',
    ])
  })

  it('is a guess by neighbours and alignment for memory without a name', () => {
    assert.deepEqual(kinds('/bin/one', '402000-403000 rw-p /bin/one', '403000-405000 rw-p',
      '7f0000000000-7f0000021000 rw-p ! rd wr nr', '7f0000021000-7f0004000000 ---p ! mr mw me nr',
      '7f0010000000-7f0010001000 ---p', '7f0010001000-7f0010801000 rw-p', '7f0020000000-7f0020001000 rw-p ! rd wr gd',
      '7f0030000000-7f0030001000 rw-p', '7f0040000000-7f0040001000 rwxp'), [
      'program /bin/one', 'bss? [bss]', 'heap? malloc arenas of threads', 'reserved [no access]',
      'reserved [no access]', 'stack? thread stacks', 'stack? thread stacks', 'anonymous [anonymous]', 'code [JIT]',
    ])
  })

  it('is V8 in a Node process only, and by its flags', () => {
    const lines = ['10000000-10040000 rw-p ! rd wr dc nr', '20000000-20040000 rwxp ! rd wr ex dc nr', '30000000-30040000 rw-p ! rd wr']
    assert.deepEqual(kinds('/usr/bin/node', ...lines), ['v8? V8 heap and WebAssembly memory', 'code? V8 code', 'anonymous [anonymous]'])
    assert.deepEqual(kinds('/usr/bin/other', ...lines), ['anonymous [anonymous]', 'code [JIT]', 'anonymous [anonymous]'])
  })

  it('tells Node by the files it runs', () => {
    const some = mapped('400000-401000 r-xp /usr/lib/libnode.so.115')
    assert.equal(runsNode(some, '/usr/bin/other'), true)
    for (const name of ['node', 'nodejs', 'node20', 'node-v22.1.0', 'node (deleted)']) assert.equal(runsNode([], `/x/${name}`), true, name)
    for (const name of ['nodemon', 'deno', 'node_exporter']) assert.equal(runsNode([], `/x/${name}`), false, name)
  })
})

describe('sums of mappings', () => {
  it('are by kind and by name, largest first, and together all there is', () => {
    const mappings = mapped('400000-401000 r-xp /bin/one', '402000-404000 rw-p /bin/one', '500000-509000 r-xp /lib/a.so',
      '600000-601000 r-xp /lib/b.so', '7f0000000000-7f0000004000 ---p')
    const { total, kinds: found } = summarizeMappings(classifyMappings(mappings, { exe: '/bin/one' }), { by: 'pss' })
    assert.deepEqual(found.map(({ kind, count, pss }) => [kind, count, pss]), [
      ['library', 2, 0xa000], ['program', 2, 0x3000], ['reserved', 1, 0]])
    assert.deepEqual(found[0]?.items.map(({ name, uss, shared }) => [name, uss, shared]), [['/lib/a.so', 0x9000, 0], ['/lib/b.so', 0x1000, 0]])
    assert.deepEqual([total.count, total.rss, total.size], [5, 0xd000, 0x11000])
    const reversed = summarizeMappings(classifyMappings(mappings, { exe: '/bin/one' }), { by: 'size', reverse: true })
    assert.deepEqual(reversed.kinds.map(({ kind }) => kind), ['program', 'reserved', 'library'])
  })

  it('are unknown where one of them is', () => {
    using tree = new TemporaryTree()
    tree.write(1, { smaps: '00400000-00401000 r-xp 00000000 fd:01 7 /bin/one\nSize: 4 kB\nRss: 4 kB\n' })
    const { total } = summarizeMappings(classifyMappings(readMappings(1, { procRoot: tree.root }), { exe: undefined }), { by: 'pss' })
    assert.deepEqual([total.rss, total.pss, total.shared, total.swap], [4096, undefined, undefined, undefined])
  })
})

describe('a running Node process', () => {
  let child: ChildProcess
  let heapBytes: number

  before(async () => {
    const code = `globalThis.kept = Array.from({ length: 1e6 }, (_, i) => ({ i })); gc()
      const spaces = require('v8').getHeapSpaceStatistics().filter((space) => space.space_name !== 'read_only_space')
      console.log(spaces.reduce((sum, space) => sum + space.physical_space_size, 0)); setInterval(() => {}, 1e6)`
    child = spawn(process.execPath, ['--expose-gc', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [text] = await within(once(child.stdout ?? assert.fail(), 'data') as Promise<[Buffer]>, 1000 * 30, 'node has filled its heap')
    heapBytes = Number(text.toString())
    child.kill('SIGSTOP')
  })
  after(() => child.kill('SIGKILL'))

  const summary = (): ReturnType<typeof summarizeMappings> => summarizeMappings(
    classifyMappings(readMappings(child.pid), { exe: realpathSync(`/proc/${child.pid}/exe`) }), { by: 'pss' })

  it('has as much V8 heap as V8 says, or none is claimed', () => {
    const items = summary().kinds.flatMap(({ items: own }) => own).filter(({ kind, name }) => kind === 'v8' || name === 'V8 code')
    const found = items.reduce((sum, { rss = 0 }) => sum + rss, 0)
    if (items.length > 0) assert.ok(Math.abs(found - heapBytes) < 4 * MB + heapBytes / 20, `${found} found, V8 has ${heapBytes}`)
  })

  it('has a stack for each of its threads, where guards are mappings', () => {
    const count = summary().kinds.find(({ kind }) => kind === 'stack')?.count ?? 0
    const threads = readdirSync(`/proc/${child.pid}/task`).length
    // A C library that guards with MADV_GUARD_INSTALL leaves nothing to tell them by.
    assert.ok(count === threads || count === 1, `${count} stacks, ${threads} threads`)
  })
})
