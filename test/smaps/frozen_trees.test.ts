import assert from 'node:assert/strict'
import { Field, openProcess, readMappings, readSmaps, SmemError, type MemoryUsage } from '../../src/index.ts'
import * as promises from '../../src/promises.ts'
import { frozenTree, type FrozenTree } from '../support/trees.ts'

const K = 1024

/** What every kernel since 4.4 says of the process in the trees. */
const COMMON = {
  uss: 5092 * K, rss: 7772 * K,
  sharedClean: 1628 * K, sharedDirty: 1052 * K, privateClean: 112 * K, privateDirty: 4980 * K,
  referenced: 7516 * K, anonymous: 5012 * K, swap: 136 * K, swapPss: 129 * K, anonHugePages: 2048 * K,
  sharedHugetlb: 4096 * K, privateHugetlb: 2048 * K,
}
const NOT_KNOWN = {
  pssDirty: undefined, pssAnon: undefined, pssFile: undefined, pssShmem: undefined, ksm: undefined,
  lazyFree: undefined, shmemPmdMapped: undefined, filePmdMapped: undefined,
}
const SMAPS = { ...COMMON, pss: 6050 * K, locked: 684 * K, size: 15360 * K, mappings: 3, source: 'smaps' }
const ROLLUP = { ...COMMON, pss: 6052 * K, locked: 685 * K, size: undefined, mappings: undefined, source: 'rollup' }
const SINCE_5_4 = { lazyFree: 16 * K, shmemPmdMapped: 2048 * K, filePmdMapped: 512 * K }
const ROLLUP_SINCE_5_3 = { pssAnon: 4999 * K, pssFile: 367 * K, pssShmem: 686 * K }
const SINCE_6_0 = { pssDirty: 5341 * K }
const SINCE_6_6 = { ksm: 44 * K }

const OLD_SMAPS = { ...SMAPS, ...NOT_KNOWN }
const SMAPS_6_6 = { ...SMAPS, ...NOT_KNOWN, ...SINCE_5_4, ...SINCE_6_0, ...SINCE_6_6 }
const ROLLUP_6_6 = { ...ROLLUP, ...SINCE_5_4, ...ROLLUP_SINCE_5_3, ...SINCE_6_0, ...SINCE_6_6 }

interface Expected {
  readonly tree: FrozenTree
  readonly pid: number
  readonly paths: readonly (string | undefined)[]
  readonly flags: readonly string[]
  readonly smaps: object
  readonly rollup: object
}

const USUAL_PATHS = ['/usr/sbin/exampled', '[heap]', '/SYSV00000000 (deleted)']
const USUAL_FLAGS = ['rd', 'ex', 'mr', 'mw', 'me', 'dw']
const ANDROID_PATHS = ['/dev/ashmem/dalvik-main space (region space) (deleted)', undefined, '/system/lib64/libc.so']

const EXPECTED: readonly Expected[] = [
  { tree: 'linux-4.4', pid: 812, paths: USUAL_PATHS, flags: USUAL_FLAGS, smaps: OLD_SMAPS, rollup: OLD_SMAPS },
  {
    tree: 'linux-5.10', pid: 812, paths: USUAL_PATHS, flags: USUAL_FLAGS,
    smaps: { ...SMAPS, ...NOT_KNOWN, ...SINCE_5_4 },
    rollup: { ...ROLLUP, ...NOT_KNOWN, ...SINCE_5_4, ...ROLLUP_SINCE_5_3 },
  },
  {
    tree: 'linux-6.1', pid: 812, paths: USUAL_PATHS, flags: USUAL_FLAGS,
    smaps: { ...SMAPS, ...NOT_KNOWN, ...SINCE_5_4, ...SINCE_6_0 },
    rollup: { ...ROLLUP, ...NOT_KNOWN, ...SINCE_5_4, ...ROLLUP_SINCE_5_3, ...SINCE_6_0 },
  },
  { tree: 'linux-6.12', pid: 812, paths: USUAL_PATHS, flags: USUAL_FLAGS, smaps: SMAPS_6_6, rollup: ROLLUP_6_6 },
  { tree: 'linux-6.18', pid: 812, paths: USUAL_PATHS, flags: USUAL_FLAGS, smaps: SMAPS_6_6, rollup: ROLLUP_6_6 },
  {
    tree: 'android', pid: 2104, paths: ANDROID_PATHS, flags: ['rd', 'wr', 'mr', 'mw', 'me', 'ac'],
    smaps: OLD_SMAPS, rollup: OLD_SMAPS,
  },
  {
    tree: 'gvisor', pid: 7, paths: USUAL_PATHS, flags: ['rd', 'ex', 'mr', 'mw', 'me', '??'],
    smaps: OLD_SMAPS, rollup: OLD_SMAPS,
  },
]

for (const { tree, pid, paths, flags, smaps, rollup } of EXPECTED) {
  describe(`a frozen tree of ${tree}`, () => {
    const procRoot = frozenTree(tree)

    it('gives the figures of smaps', () => {
      assert.deepEqual(withoutCost(readSmaps(pid, { source: 'smaps', procRoot })), smaps)
    })

    it('gives the figures of the rollup, or of smaps where there is none, and says which', () => {
      assert.deepEqual(withoutCost(readSmaps(pid, { procRoot })), rollup)
    })

    it('gives promises of the same figures', async () => {
      assert.deepEqual(withoutCost(await promises.readSmaps(pid, { source: 'smaps', procRoot })), smaps)
      assert.deepEqual(withoutCost(await promises.readSmaps(pid, { procRoot })), rollup)
    })

    it('is read through a handle', () => {
      using handle = openProcess(pid, { procRoot })
      assert.equal(handle.startTime, tree === 'android' ? 8123450 : 47110)
      assert.deepEqual(withoutCost(handle.read()), rollup)
      assert.deepEqual(withoutCost(handle.read('smaps')), smaps)
      assert.equal(handle.rss() % 1943, 0)
      assert.equal(handle.alive, true)
    })

    it('has NaN where a figure is not known', () => {
      using handle = openProcess(pid, { procRoot })
      const target = new Float64Array(Field.length)
      assert.equal(handle.readInto(target), 0)
      for (const [name, value] of Object.entries(rollup)) {
        const index = (Field as Readonly<Record<string, number>>)[name]
        if (index !== undefined) assert.equal(target[index], value ?? NaN, name)
      }
    })

    it('gives every mapping', async () => {
      const mappings = readMappings(pid, { procRoot })
      assert.deepEqual(mappings.map(({ path }) => path), paths)
      assert.deepEqual(mappings[0]?.vmFlags, flags)
      assert.deepEqual(mappings.map(({ usage }) => usage.rss), [720 * K, 5000 * K, 2052 * K])
      assert.deepEqual(mappings.map(({ usage }) => usage.mappings), [undefined, undefined, undefined])
      assert.deepEqual(await promises.readMappings(pid, { procRoot }), mappings)
    })
  })
}

describe('a mapping of a frozen tree', () => {
  it('has every part of its line', () => {
    const [first, , third] = readMappings(812, { procRoot: frozenTree('linux-6.18') })
    assert.deepEqual({ ...first, usage: null }, {
      start: 0x5581c0a00000n, end: 0x5581c0b00000n, perms: 'r-xp', offset: 0x2000n, device: 'fd:01', inode: 393471n,
      path: '/usr/sbin/exampled', rawPath: undefined, deleted: false, vmFlags: ['rd', 'ex', 'mr', 'mw', 'me', 'dw'],
      usage: null,
    })
    assert.deepEqual([third?.perms, third?.offset, third?.device, third?.deleted], ['rw-s', 0x10000n, '00:05', true])
  })
})

describe('a process of a frozen tree that has no smaps', () => {
  const procRoot = frozenTree('linux-6.18')

  it('is a kernel thread when its stat says so', () => {
    assert.throws(() => readSmaps(2, { procRoot }), {
      name: 'SmemError', code: 'ERR_NO_ADDRESS_SPACE', pid: 2,
        message: 'process 2 has no address space (a kernel thread)',
    })
  })

  it('is a zombie when its stat says so', () => {
    assert.throws(() => readSmaps(813, { procRoot, source: 'smaps' }), {
      code: 'ERR_NO_ADDRESS_SPACE', pid: 813, path: `${procRoot}/813/smaps`,
      message: 'process 813 has no address space (a zombie: it has ended and its parent has not reaped it)',
    })
  })

  it('is gone when it has no folder', () => {
    assert.throws(() => readSmaps(999, { procRoot }), {
      code: 'ESRCH', errno: -3, syscall: 'open', pid: 999, path: `${procRoot}/999`,
    })
  })

  it('cannot be read where the tree itself is missing', () => {
    const missing = `${procRoot}/missing`
    for (const read of [readSmaps, readMappings, openProcess]) {
      assert.throws(() => read(1, { procRoot: missing }), (error) =>
        error instanceof SmemError && error.code === 'ENOENT' &&
          error.message.includes(`no process files under ${missing}`))
    }
  })
})

function withoutCost(usage: MemoryUsage): object {
  const { costNs, ...rest } = usage
  assert.ok(costNs > 0)
  return rest
}
