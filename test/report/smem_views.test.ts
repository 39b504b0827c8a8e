import { strict as assert } from 'node:assert'
import { systemRows, type SmemMeminfo } from '../../src/report/smem/system.ts'
import { mappingRows, processRows, userRows } from '../../src/report/smem/views.ts'
import type { SmemMapping, SmemProcess } from '../../src/report/smem/snapshot.ts'

const PROCESSES: readonly SmemProcess[] = [
  person(1, 0, 'root', 'init', [mapped('/bin/init', 100), mapped('[heap]', 50)]),
  person(2, 0, 'root', 'kthreadd', []),
  person(3, 33, 'www-data', 'nginx', [mapped('/bin/nginx', 11), mapped('[heap]', 20), mapped('[heap]', 5)]),
  person(4, 33, 'www-data', 'nginx', [mapped('/bin/nginx', 10)]),
]

describe('processRows', () => {
  it('has no row for processes without mappings', () => {
    assert.deepEqual(processRows(PROCESSES).map((row) => row.pid), [1, 3, 4])
  })

  it('adds up the mappings', () => {
    const [row] = processRows(PROCESSES)
    assert.deepEqual([row?.pid, row?.user, row?.name, row?.command], [1, 'root', 'init', './init'])
    assert.deepEqual([row?.maps, row?.swap, row?.uss, row?.rss, row?.pss, row?.vss], [2, 2, 150, 600, 150, 1500])
  })

  it('shows uids as numbers, and filters by name all the same', () => {
    const rows = processRows(PROCESSES, { numeric: true, filters: { user: (user) => user === 'www-data' } })
    assert.deepEqual(rows.map((row) => row.user), [33, 33])
  })

  it('counts the mappings that the filter leaves, and drops processes left with none', () => {
    const rows = processRows(PROCESSES, { filters: { mapping: (name) => name === '[heap]' } })
    assert.deepEqual(rows.map((row) => [row.pid, row.maps, row.pss]), [[1, 1, 50], [3, 2, 25]])
  })

  it('keeps a process that wiped its arguments, under its name', () => {
    const [row] = processRows([{ ...person(5, 0, 'root', 'sneaky', [mapped('x', 1)]), command: '' }])
    assert.equal(row?.command, '[sneaky]')
  })
})

describe('userRows', () => {
  it('groups by uid and counts processes', () => {
    const rows = userRows(PROCESSES).map((row) => [row.user, row.count, row.pss])
    assert.deepEqual(rows, [['root', 1, 150], ['www-data', 2, 46]])
  })

  it('keeps apart users of the same name', () => {
    const twins = [person(1, 7, 'twin', 'a', [mapped('x', 1)]), person(2, 8, 'twin', 'b', [mapped('x', 2)])]
    assert.deepEqual(userRows(twins).map((row) => [row.user, row.pss]), [['twin', 1], ['twin', 2]])
  })

  it('has the address space as VSS, where smem has the PSS', () => {
    assert.deepEqual(userRows(PROCESSES).map((row) => row.vss), [1500, 460])
  })
})

describe('mappingRows', () => {
  it('groups by name over all processes, and counts each process once', () => {
    const rows = mappingRows(PROCESSES).map((row) => [row.map, row.count, row.pids, row.pss])
    assert.deepEqual(rows, [['/bin/init', 1, 1, 100], ['[heap]', 3, 2, 75], ['/bin/nginx', 2, 2, 21]])
  })

  it('cuts averages to whole kB, and has one of the USS, for which smem crashes', () => {
    const row = mappingRows(PROCESSES).find((each) => each.map === '/bin/nginx')
    assert.deepEqual([row?.avgpss, row?.avguss, row?.avgrss], [10, 10, 42])
  })

  it('knows the filters of processes and users too', () => {
    const filters = { process: ({ comm }: SmemProcess) => comm === 'nginx', user: () => true }
    assert.deepEqual(mappingRows(PROCESSES, { filters }).map((row) => row.map), ['/bin/nginx', '[heap]'])
  })
})

describe('systemRows', () => {
  const meminfo: SmemMeminfo = {
    memTotal: 1000, memFree: 300, buffers: 10, cached: 200, sReclaimable: 20, anonPages: 100, mapped: 50, swapTotal: 0,
  }

  it('divides the memory among five areas', () => {
    assert.deepEqual(systemRows(meminfo).map((row) => [row.used, row.cache, row.noncache]), [
      [0, 0, 0], [0, 0, 0], [550, 180, 370], [150, 50, 100], [300, 300, 0],
    ])
  })

  it('gives to the firmware what the kernel did not get of the stated memory', () => {
    const [firmware, kernel] = systemRows(meminfo, { realMem: 1200, kernelSize: 40 })
    assert.deepEqual([firmware?.used, kernel?.used], [{ float: 160 }, { float: 40 }])
  })

  it('gives nothing to the firmware when less is stated than there is', () => {
    assert.equal(systemRows(meminfo, { realMem: 900 })[0]?.used, 0)
  })

  it('knows nothing that rests on what this kernel does not say', () => {
    const rows = systemRows({ ...meminfo, sReclaimable: undefined })
    const area = 'kernel dynamic memory'
    assert.deepEqual(rows[2], { order: 2, area, used: 550, cache: undefined, noncache: undefined })
    assert.equal(rows[3]?.noncache, 100)
  })
})

function person(pid: number, uid: number, user: string, comm: string, mappings: SmemMapping[]): SmemProcess {
  return { pid, uid, user, comm, command: `./${comm}`, mappings }
}

function mapped(name: string, kB: number): SmemMapping {
  return {
    name, size: kB * 10, rss: kB * 4, pss: kB, sharedClean: 7, sharedDirty: 7,
    privateClean: 0, privateDirty: kB, referenced: 0, swap: 1,
  }
}
