import assert from 'node:assert/strict'
import { diffSnapshots, pairProcesses, type DiffRow } from '../../src/captures/index.ts'
import { processOf, snapshotOf, usageOf } from './support.ts'

const runs = (program: string) => ({ comm: 'MainThread', commandLine: [`/usr/bin/${program}`] })

const brief = ({ pid, name, status, growth }: DiffRow): unknown[] => [pid ?? name, status, growth.pss]

describe('the difference of two snapshots', () => {
  it('has a row for each process, the one that grew most first', () => {
    const before = snapshotOf([processOf(1), processOf(2), processOf(3)])
    const after = snapshotOf([processOf(1, { pss: 1500 }), processOf(2, { pss: 400 }), processOf(4, { pss: 700 })])
    const { rows, total } = diffSnapshots(before, after)
    assert.deepEqual(rows.map(brief), [[4, 'new', 700], [1, 'both', 500], [2, 'both', -600], [3, 'gone', -1000]])
    assert.equal(total.growth.pss, -400)
    assert.equal(total.growth.uss, -200)
  })

  it('takes a pid that was used again for another process', () => {
    const { rows } = diffSnapshots(snapshotOf([processOf(1)]), snapshotOf([processOf(1, { startTime: 999 })]))
    assert.deepEqual(rows.map(brief), [[1, 'new', 1000], [1, 'gone', -1000]])
  })

  it('takes a process that called exec for the same one', () => {
    const { rows } = diffSnapshots(snapshotOf([processOf(1)]), snapshotOf([processOf(1, { commandLine: ['/bin/other'], pss: 1001 })]))
    assert.deepEqual(rows.map(brief), [[1, 'both', 1]])
    assert.equal(rows[0]?.name, 'other')
  })

  it('goes by pid and program where a start time is not known', () => {
    const pairs = pairProcesses(
      [processOf(1, { startTime: 0 }), processOf(2, { startTime: 0 })], [processOf(1), processOf(2, { commandLine: ['other'] })])
    assert.deepEqual(pairs.map(([old, current]) => [old?.pid, current?.pid]), [[1, 1], [undefined, 2], [2, undefined]])
  })

  it('does not know what became of a process that could not be read', () => {
    const unread = processOf(2, { usage: null, unavailable: { code: 'EACCES', reason: '' }, rss: 5000 })
    const { rows, total } = diffSnapshots(snapshotOf([processOf(1), unread]), snapshotOf([processOf(1, { pss: 1100 }), unread]))
    assert.deepEqual(rows.map(brief), [[1, 'both', 100], [2, 'both', undefined]])
    assert.equal(rows[1]?.growth.rss, 0)
    assert.equal(total.growth.pss, 100)
    assert.equal(total.leftOut, 1)
    assert.equal(total.after.unread, 1)
  })

  it('passes over kernel threads and zombies', () => {
    const zombie = processOf(9, { usage: null, unavailable: { code: 'ERR_NO_ADDRESS_SPACE', reason: '' } })
    assert.deepEqual(diffSnapshots(snapshotOf([zombie]), snapshotOf([zombie])).rows, [])
  })

  it('sums by program, and does not know the sum when it does not know a part', () => {
    const unread = processOf(3, { commandLine: ['b'], usage: null, unavailable: { code: 'EACCES', reason: '' } })
    const before = snapshotOf([processOf(1, runs('a')), processOf(2, runs('b'))])
    const after = snapshotOf([processOf(1, runs('a')), processOf(7, runs('a')), processOf(2, runs('b')), unread])
    const { rows } = diffSnapshots(before, after, { by: 'program' })
    assert.deepEqual(rows.map(brief), [['a', 'both', 1000], ['b', 'both', undefined]])
    assert.equal(rows[0]?.after?.processes, 2)
    assert.equal(rows[1]?.after?.unread, 1)
  })

  it('sums by mapping over all processes', () => {
    const group = (path: string | undefined, pss: number) => ({ path, usage: usageOf(pss) })
    const before = snapshotOf([processOf(1, { mappings: [group('/lib/a', 10), group(undefined, 5)] })])
    const after = snapshotOf([1, 2].map((pid) => processOf(pid, { mappings: [group('/lib/a', 10), group('[heap]', 7)] })))
    const { rows } = diffSnapshots(before, after, { by: 'mapping' })
    assert.deepEqual(rows.map(brief), [['[heap]', 'new', 14], ['/lib/a', 'both', 10], [undefined, 'gone', -5]])
  })

  it('sorts by the figure that is asked for', () => {
    const grown = (rss: number) => ({ usage: { ...usageOf(1000), rss } })
    const before = snapshotOf([processOf(1, grown(10)), processOf(2, grown(10))])
    const after = snapshotOf([processOf(1, grown(20)), processOf(2, grown(90))])
    assert.deepEqual(diffSnapshots(before, after, { sort: 'rss' }).rows.map(({ pid }) => pid), [2, 1])
  })
})
