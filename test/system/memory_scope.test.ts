import assert from 'node:assert/strict'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { findCgroups } from '../../src/system/cgroup_mounts.ts'
import { MemoryScopeReader, readMemoryScope, type MemoryScope } from '../../src/system/index.ts'
import { CgroupCopy, frozenCgroups, RealGroup, writableGroup, type CgroupTree } from '../support/cgroups.ts'
import { skip } from '../support/skip.ts'
import { waitFor } from '../support/wait_for.ts'

const M = 1024 ** 2
const G = 1024 ** 3
const MACHINE = { limit: 16 * G, limitKind: 'machine', used: 6 * G, cache: 5 * G + 256 * M - 512 * M }

/** Of the frozen tree, with paths below its roots. */
function scopeOf(tree: CgroupTree | CgroupCopy): MemoryScope {
  const { procRoot, cgroupRoot } = typeof tree === 'string' ? frozenCgroups(tree) : tree
  const scope = readMemoryScope({ procRoot, cgroupRoot })
  const short = (path: string): string => path.replace(cgroupRoot, '').replace(procRoot, 'proc')
  return { ...scope, limitPath: short(scope.limitPath), usedPath: short(scope.usedPath) }
}

describe('the memory scope', () => {
  it('of version 2 is the smallest limit up the tree, with the use of that level, and the smallest memory.high', () => {
    assert.deepEqual(scopeOf('v2'), {
      limit: 4 * G, limitKind: 'cgroup', limitPath: '/app.slice/memory.max', high: 3 * G,
      used: 3 * G - (G - 256 * M) - 128 * M, usedPath: '/app.slice/memory.current', cache: G - 256 * M, version: 2,
    })
  })

  it('of a container with a namespace of its own is that of the mount', () => {
    assert.deepEqual(scopeOf('v2-container'), {
      limit: 512 * M, limitKind: 'cgroup', limitPath: '/memory.max', high: undefined,
      used: 400 * M - 180 * M - 10 * M, usedPath: '/memory.current', cache: 180 * M, version: 2,
    })
  })

  it('of version 1 counts shared and kernel memory, not swap, where the mount begins at the group', () => {
    assert.deepEqual(scopeOf('v1-docker'), {
      limit: G, limitKind: 'cgroup', limitPath: '/memory/memory.limit_in_bytes', high: undefined,
      used: (350 + 60 + 24) * M, usedPath: '/memory/memory.stat', cache: 340 * M, version: 1,
    })
  })

  it('of version 1 knows of limits above the mount, and tells shared memory by what is on no list of files', () => {
    assert.deepEqual(scopeOf('v1-old'), {
      limit: 2 * G, limitKind: 'cgroup', limitPath: '/memory/app/memory.stat', high: undefined,
      used: (1000 + 100) * M, usedPath: '/memory/memory.stat', cache: 800 * M, version: 1,
    })
  })

  it('of a hybrid system is that of version 1; of equal limits the outer one counts', () => {
    assert.deepEqual(scopeOf('hybrid'), {
      limit: 2 * G, limitKind: 'cgroup', limitPath: '/memory/batch/memory.limit_in_bytes', high: undefined,
      used: 750 * M, usedPath: '/memory/batch/memory.stat', cache: 650 * M, version: 1,
    })
  })

  it('is the machine where the limit is above its memory, and where there is none', () => {
    using copy = new CgroupCopy('v2-container')
    copy.write('memory.max', String(17 * G))
    assert.deepEqual(scopeOf(copy), { ...MACHINE, limitPath: 'proc/meminfo', usedPath: 'proc/meminfo', high: undefined, version: 2 })
    copy.write('memory.max', 'max\n')
    copy.write('memory.high', String(G))
    assert.deepEqual(scopeOf(copy), { ...MACHINE, limitPath: 'proc/meminfo', usedPath: 'proc/meminfo', high: G, version: 2 })
  })

  it('is the machine for a process outside of what is mounted, and without control groups', () => {
    using copy = new CgroupCopy('v2-container')
    const machine = { ...MACHINE, limitPath: 'proc/meminfo', usedPath: 'proc/meminfo', high: undefined, version: undefined }
    writeFileSync(join(copy.procRoot, 'self/cgroup'), '0::/../other\n')
    assert.deepEqual(scopeOf(copy), machine)
    rmSync(join(copy.procRoot, 'self/cgroup'))
    assert.deepEqual(scopeOf(copy), machine)
  })

  it('falls back upward when a group vanishes, and never below 0', () => {
    using copy = new CgroupCopy('v2')
    copy.write('app.slice/web.service/memory.max', String(G))
    assert.equal(scopeOf(copy).limitPath, '/app.slice/web.service/memory.max')
    copy.remove('app.slice/web.service/memory.stat')
    assert.equal(scopeOf(copy).limitPath, '/app.slice/memory.max')
    copy.write('app.slice/memory.current', '4096\n')
    assert.equal(scopeOf(copy).used, 0)
    copy.remove('app.slice')
    assert.deepEqual([scopeOf(copy).limitKind, scopeOf(copy).used], ['machine', 6 * G])
  })

  it('takes what an old kernel has for available memory', () => {
    using copy = new CgroupCopy('v2-container')
    copy.write('memory.max', 'max')
    writeFileSync(join(copy.procRoot, 'meminfo'), 'MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 300 kB\nShmem: 20 kB\n')
    assert.equal(scopeOf(copy).used, (1000 - 100 - 330) * 1024)
    rmSync(join(copy.procRoot, 'meminfo'))
    assert.throws(() => scopeOf(copy), { name: 'SmemError', code: 'ENOENT' })
    copy.write('memory.max', String(G))
    assert.equal(scopeOf(copy).limit, G)
    copy.write('memory.max', 'max')
    writeFileSync(join(copy.procRoot, 'meminfo'), 'MemFree: 100 kB\n')
    assert.throws(() => scopeOf(copy), { name: 'SmemError', code: 'ENODATA' })
  })

  it('follows a process that is moved to another group', () => {
    using copy = new CgroupCopy('v2')
    const reader = new MemoryScopeReader({ procRoot: copy.procRoot, cgroupRoot: copy.cgroupRoot })
    assert.equal(reader.read().limit, 4 * G)
    writeFileSync(join(copy.procRoot, 'self/cgroup'), '0::/\n')
    assert.equal(reader.read().limitKind, 'machine')
    writeFileSync(join(copy.procRoot, 'self/cgroup'), '0::/app.slice\n')
    assert.equal(reader.read().limit, 4 * G)
    renameSync(join(copy.cgroupRoot, 'app.slice'), join(copy.cgroupRoot, 'other.slice'))
    assert.equal(reader.read().limitKind, 'machine')
  })

  it('of this process is at most the machine, and what is used is between nothing and the machine', () => {
    const { limit, used, cache } = readMemoryScope()
    assert.ok(limit > 0 && used > 0 && used < totalmem() * 2 && cache >= 0, JSON.stringify({ limit, used, cache }))
  })

  it('of a process that is not there is an error', () => {
    assert.throws(() => readMemoryScope({ ...frozenCgroups('v2'), pid: 12 }), {
      name: 'SmemError', code: 'ESRCH', errno: -3, pid: 12,
    })
  })

  it('refuses bad options', () => {
    assert.throws(() => readMemoryScope({ procroot: '/proc' } as never), /^TypeError: unknown option "procroot" of readMemoryScope: did you mean "procRoot"\?$/)
    assert.throws(() => readMemoryScope({ cgroupRoot: '' }), /^TypeError: "cgroupRoot" must be a path, got ''$/)
    assert.throws(() => readMemoryScope({ pid: 0 }), /^TypeError: "pid" must be a positive integer/)
  })

  it('of a real process is the limit of its real group', async function () {
    const place = writableGroup('memory1')
    if ('reason' in place) skip(this, place.reason)
    const group = new RealGroup(place.folder, 96 * M)
    try {
      const script = 'const kept = Buffer.alloc(30 << 20, 1); console.log(kept.length); setInterval(() => kept, 1000)'
      const child = await group.run(process.execPath, '-e', script)
      const reader = new MemoryScopeReader({ pid: child.pid ?? 0 })
      await waitFor(() => reader.read().used > 35 * M, 20_000, 'the process fills its memory')
      const scope = reader.read()
      assert.deepEqual([scope.limit, scope.limitKind, scope.version], [96 * M, 'cgroup', 1])
      assert.equal(scope.limitPath, join(group.folder, 'memory.limit_in_bytes'))
      assert.ok(scope.used < 96 * M)
    } finally {
      await group.remove()
    }
  })
})

describe('the mount that shows a control group', () => {
  const line = (root: string, point: string): string => `30 23 0:26 ${root} ${point} rw - cgroup2 cgroup2 rw\n`
  const levelsOf = (path: string, mountinfo: string): readonly string[] | undefined => {
    using copy = new CgroupCopy('v2')
    writeFileSync(join(copy.procRoot, 'self/mountinfo'), mountinfo)
    const { memory } = findCgroups(`0::${path}\n`, 4711, { procRoot: copy.procRoot, cgroupRoot: '/sys/fs/cgroup' })
    return memory?.levels
  }

  it('is the one that shows most of what is above', () => {
    const mounts = line('/a/b', '/mnt/narrow') + line('/', '/mnt/wide') + line('/a', '/mnt/half')
    assert.deepEqual(levelsOf('/a/b/c', mounts), ['/mnt/wide/a/b/c', '/mnt/wide/a/b', '/mnt/wide/a', '/mnt/wide'])
  })

  it('is not one whose root merely begins alike', () => {
    assert.equal(levelsOf('/app', line('/ap', '/mnt/other')), undefined)
  })

  it('may begin above the namespace, whose own name is not known then', () => {
    assert.deepEqual(levelsOf('/x', line('/..', '/mnt/above')), ['/mnt/above'])
    assert.deepEqual(levelsOf('/../sibling', line('/..', '/mnt/above')), ['/mnt/above/sibling', '/mnt/above'])
    assert.equal(levelsOf('/../sibling', line('/', '/mnt/own')), undefined)
  })

  it('may have spaces in its name', () => {
    assert.deepEqual(levelsOf('/', line('/', '/mnt/a\\040b')), ['/mnt/a b'])
  })

  it('is the one that holds the process, where the paths do not match', () => {
    const point = join(frozenCgroups('v2').cgroupRoot, 'app.slice/web.service')
    assert.deepEqual(levelsOf('/docker/inner', line('/docker/outer', point)), [point])
  })
})
