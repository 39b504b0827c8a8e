import { strict as assert } from 'node:assert'
import { ReportBuilder, type ReportData } from '../../../src/report/html/index.ts'
import type { Snapshot } from '../../../src/processes/index.ts'
import { MB, processOf, recording, snapshotOf, START } from './support/snapshots.ts'

function dataOf(snapshots: readonly Snapshot[]): ReportData {
  const builder = new ReportBuilder({ title: 'test' })
  for (const snapshot of snapshots) builder.add(snapshot)
  return builder.finish()
}

const node = (pid: number, mb: number): ReturnType<typeof processOf> => processOf({ pid, figures: { pss: mb * MB } })

describe('ReportBuilder', () => {
  it('sums PSS by program at each reading, in kB', () => {
    const redis = processOf({ pid: 9, comm: 'redis-server', commandLine: ['redis-server'], figures: { pss: 3 * MB } })
    const data = dataOf([snapshotOf([node(1, 10), node(2, 5), redis]), snapshotOf([node(1, 20)], 10)])
    assert.deepEqual(data.programs, [
      { name: 'node', others: 0, pss: [15 * 1024, 20 * 1024] }, { name: 'redis-server', others: 0, pss: [3 * 1024, 0] },
    ])
    assert.deepEqual([data.start, data.times, data.readings], [START, [0, 10_000], 2])
  })

  it('takes programs beyond the twelve largest together', () => {
    const programs = (count: number): ReportData => dataOf([snapshotOf(Array.from({ length: count }, (_, index) => (
      processOf({ pid: index + 1, comm: `p${index}`, commandLine: [`p${index}`], figures: { pss: (100 + index) * MB } }))))])
    assert.deepEqual(programs(13).programs.map(({ others }) => others), new Array(13).fill(0))
    const { programs: many } = programs(500)
    assert.equal(many.length, 13)
    assert.deepEqual([many[0]?.name, many[12]?.others], ['p499', 488])
    assert.equal(many.reduce((sum, { pss }) => sum + (pss[0] ?? 0), 0), (100 * 500 + 499 * 250) * 1024)
  })

  it('tells what processes have gained, each since it was first read', () => {
    const data = dataOf([0, 1, 2, 3].map((minute) => (
      snapshotOf([node(1, 100 + 10 * minute), ...(minute > 0 ? [node(2, 50)] : [])], 60 * minute))))
    assert.deepEqual(data.processes.pid, [1, 2])
    assert.deepEqual(data.processes.change, [30 * 1024, 0])
    assert.deepEqual(data.processes.growth, [10 * 1024, 0])
    assert.equal(data.growthMs, 60_000)
    assert.deepEqual(data.processes.trend, ['0cnz', '.000'])
  })

  it('takes a reused pid for another process', () => {
    const restarted = processOf({ pid: 1, startTime: 777, figures: { pss: 500 * MB } })
    const data = dataOf([snapshotOf([node(1, 10)]), snapshotOf([restarted], 10)])
    assert.deepEqual(data.processes.change, [null])
  })

  it('keeps processes that could not be read, with RSS and reason', () => {
    const data = dataOf([snapshotOf([processOf({ pid: 1, rss: 7 * MB }), node(2, 1)])])
    assert.deepEqual([data.processes.pss, data.processes.rss], [[null, 1024], [7 * 1024, 1536]])
    assert.deepEqual(data.processes.unread, [0, -1])
    assert.match(data.processes.reasons[0] ?? '', /EACCES/)
    assert.deepEqual(data.unread, { count: [1], rss: [7 * 1024] })
    assert.match(data.coverage[0] ?? '', /^1 process with 7\.0 MB RSS could not be read \(1 EACCES\).*\.$/)
  })

  it('leaves out kernel threads and zombies', () => {
    const zombie = processOf({ pid: 3, unavailable: { code: 'ERR_NO_ADDRESS_SPACE', reason: 'a zombie' } })
    const data = dataOf([snapshotOf([zombie, node(2, 1)])])
    assert.deepEqual([data.processes.pid, data.coverage], [[2], []])
  })

  it('says in how many readings something was missing', () => {
    const data = dataOf([snapshotOf([processOf({ pid: 1, rss: 90 * MB })]), snapshotOf([node(1, 5)], 10)])
    assert.deepEqual(data.coverage, [
      '1 of 2 readings lack processes, at worst 1 with 90.0 MB RSS; they are not in the sums of those moments.',
    ])
  })

  it('goes on in time when the clock is set back, and says so', () => {
    const data = dataOf([100, 110, 50, 60].map((second) => snapshotOf([node(1, 1)], second)))
    assert.deepEqual(data.times, [0, 10_000, 10_000, 20_000])
    assert.match(data.coverage[0] ?? '', /clock was set back/)
  })

  it('reports the last of readings without a time', () => {
    const data = dataOf([1, 2, 3].map((pid) => ({ ...snapshotOf([node(pid, 1)]), takenAt: undefined })))
    assert.deepEqual([data.start, data.times, data.processes.pid], [null, [0], [3]])
  })

  it('knows no machine memory where there was no meminfo', () => {
    const data = dataOf([{ ...snapshotOf([]), meminfo: undefined }])
    assert.deepEqual(data.machine, { total: [null], used: [null], swap: [null] })
  })

  it('marks gaps', () => {
    assert.equal(dataOf(recording()).gaps.length, 1)
  })

  it('refuses to report nothing', () => {
    assert.throws(() => dataOf([]), /there is no reading to report/)
  })

  it('holds names as names, whatever they are', () => {
    const data = dataOf([snapshotOf(['__proto__', 'constructor', 'a\u202eb'].map((comm, index) => (
      processOf({ pid: index + 1, comm, commandLine: [], figures: { pss: (9 - index) * MB } }))))])
    assert.deepEqual(data.programs.map(({ name }) => name), ['__proto__', 'constructor', 'a\\u202eb'])
    assert.deepEqual(data.processes.command, ['__proto__', 'constructor', 'a\\u202eb'])
  })
})
