import assert from 'node:assert/strict'
import { readMappings, scanProcesses, type ScannedProcess } from '../../src/index.ts'
import { figuresToKilobytes, toKilobytes } from '../../src/processes/index.ts'
import * as promises from '../../src/promises.ts'
import { start, stopPrograms, suspend, type Started } from '../support/programs.ts'
import { frozenTree } from '../support/trees.ts'

const K = 1024

describe('a scan that sums mappings by path', () => {
  let programs: readonly Started[]
  before(async () => {
    programs = await Promise.all([30, 60, 90].map((count) => start('steady', ['--mappings', String(count)])))
    await Promise.all(programs.map(suspend))
  })
  after(stopPrograms)

  const scans = {
    'on this thread': async () => scanProcesses({ mappings: true, threads: 1 }),
    'on several threads': async () => scanProcesses({ mappings: true, threads: 4 }),
    'off the event loop': () => promises.scanProcesses({ mappings: true }),
    'with a filter': async () => scanProcesses({ mappings: true, filter: ({ pid }) => pid !== process.pid }),
  }
  for (const [how, scan] of Object.entries(scans)) {
    it(`has the sums of each process's own mappings (${how})`, async () => {
      const rows = await scan()
      for (const { pid } of programs) {
        const row = rows.find((candidate) => candidate.pid === pid) ?? assert.fail(`process ${pid} is missing`)
        assert.deepEqual(sums(row), expectedSums(pid))
      }
    })
  }

  it('has sums for what was read, and none for what was not', () => {
    for (const { usage, mappings } of scanProcesses({ mappings: true })) assert.equal(usage === null,
      mappings === undefined)
  })

  it('has no sums unless it is asked for them', () => {
    assert.ok(scanProcesses().every(({ mappings }) => mappings === undefined))
  })

  it('reads smaps, whatever the source', () => {
    const rows = scanProcesses({ mappings: true, source: 'rollup', procRoot: frozenTree('linux-6.12') })
    assert.equal(rows[0]?.usage?.source, 'smaps')
    assert.deepEqual(rows[0]?.mappings?.map(({ path, usage }) => [path, usage.rss, usage.ksm, usage.mappings]), [
      ['/usr/sbin/exampled', 720 * K, 0, 1], ['[heap]', 5000 * K, 44 * K, 1],
        ['/SYSV00000000 (deleted)', 2052 * K, 0, 1],
    ])
  })

  it('leaves unknown what the kernel does not say', () => {
    const rows = scanProcesses({ mappings: true, procRoot: frozenTree('linux-4.4') })
    assert.deepEqual(rows[0]?.mappings?.map(({ usage }) => usage.ksm), [undefined, undefined, undefined])
  })

  for (const [where, options] of [['here', {}], ['on an old kernel', { procRoot: frozenTree('linux-4.4') }]] as const) {
    it(`gives the kilobytes of tables as the figures themselves do (${where})`, () => {
      const groups = scanProcesses({ mappings: true, ...options }).flatMap(({ mappings }) => mappings ?? [])
      assert.ok(groups.length > 0)
      for (const group of groups) assert.deepEqual(toKilobytes(group, 'name'), figuresToKilobytes(group.usage, 'name'))
    })
  }
})

function sums({ mappings }: ScannedProcess): Record<string, readonly unknown[]> {
  return Object.fromEntries((mappings ?? assert.fail('no sums')).map(({ path, usage }) =>
    [path ?? '', [usage.rss, usage.anonymous, usage.size, usage.privateDirty, usage.mappings]]))
}

function expectedSums(pid: number): Record<string, readonly unknown[]> {
  const totals: Record<string, number[]> = {}
  for (const { path = '', usage } of readMappings(pid)) {
    const figures = [usage.rss, usage.anonymous, usage.size, usage.privateDirty, 1]
    totals[path] = figures.map((figure, index) => (figure ?? NaN) + (totals[path]?.[index] ?? 0))
  }
  return totals
}
