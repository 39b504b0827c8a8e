import assert from 'node:assert/strict'
import { totalmem } from 'node:os'
import { readMeminfo } from '../../src/index.ts'
import { frozenTree } from '../support/trees.ts'

const K = 1024

describe('the memory of the machine', () => {
  it('is the size that Node knows', () => {
    const { memTotal, memFree = NaN, memAvailable } = readMeminfo()
    assert.ok(memTotal !== undefined && memFree < memTotal)
    // In a container Node may know of a limit that /proc/meminfo does not show.
    assert.ok(memTotal >= totalmem())
    assert.ok(memAvailable === undefined || memAvailable <= memTotal)
  })

  it('is read from a tree of files, in bytes but for what is counted', () => {
    assert.deepEqual(readMeminfo({ procRoot: frozenTree('linux-6.18') }), {
      memTotal: 16310484 * K, memFree: 1204312 * K, memAvailable: 9876540 * K, buffers: 401232 * K, cached: 7204112 * K,
      swapCached: 1024 * K, active: 5120000 * K, inactive: 6120000 * K, activeAnon: 2120000 * K,
        inactiveAnon: 120000 * K,
      activeFile: 3000000 * K, inactiveFile: 6000000 * K, unevictable: 4096 * K, mlocked: 4000 * K,
        swapTotal: 2097148 * K,
      swapFree: 2000000 * K, zswap: 12 * K, zswapped: 48 * K, dirty: 312 * K, writeback: 4 * K, anonPages: 2240000 * K,
      mapped: 812340 * K, shmem: 101232 * K, kReclaimable: 512340 * K, slab: 712340 * K, sReclaimable: 512339 * K,
      sUnreclaim: 200001 * K, kernelStack: 12352 * K, pageTables: 34560 * K, commitLimit: 10252388 * K,
      committedAs: 6543210 * K, vmallocUsed: 45678 * K, percpu: 3456 * K, anonHugePages: 614400 * K,
        shmemHugePages: 2048 * K,
      fileHugePages: 6144 * K, hugePagesTotal: 7, hugePagesFree: 3, hugepagesize: 2048 * K, hugetlb: 14336 * K,
    })
  })

  it('has undefined for what an old kernel does not say, and 0 for what is nothing', () => {
    const meminfo = readMeminfo({ procRoot: frozenTree('linux-4.4') })
    assert.equal(meminfo.memAvailable, undefined)
    assert.equal(meminfo.sReclaimable, undefined)
    assert.equal(meminfo.swapTotal, 0)
    assert.equal(meminfo.hugePagesTotal, 0)
    assert.ok('memAvailable' in meminfo)
  })

  it('cannot be read where there is none', () => {
    assert.throws(() => readMeminfo({ procRoot: '/nonexistent' }), {
      name: 'SmemError', code: 'ENOENT', errno: -2, syscall: 'open', path: '/nonexistent/meminfo',
      message: 'cannot read /nonexistent/meminfo: ENOENT',
    })
  })
})
