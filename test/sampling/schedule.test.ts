import assert from 'node:assert/strict'
import { dueReads, type Candidate } from '../../src/sampling/schedule.ts'

const MB = 1024 ** 2
const LIMITS = { rssChange: MB, maxAgeMs: 30_000 }

/** Its age limit is half of the maximum. */
const PID = 0

interface Named extends Candidate {
  readonly name: string
}

function known(name: string, rss: number, lastRss: number, at: number, costMs = 1): Named {
  return { pid: PID, name, rss, last: { rss: lastRss, at, costMs } }
}

const namesOf = (due: readonly Named[]): string => due.map(({ name }) => name).join(' ')

describe('the schedule of reads', () => {
  it('leaves processes alone whose RSS has hardly moved', () => {
    assert.equal(namesOf(dueReads([known('quiet', 10 * MB + 4096, 10 * MB, 0)], 1000, LIMITS)), '')
  })

  it('reads processes that were never read, the largest first', () => {
    const due = dueReads<Named>([
      { pid: PID, name: 'small', rss: MB, last: undefined }, { pid: PID, name: 'large', rss: 9 * MB, last: undefined },
    ], 0, LIMITS)
    assert.equal(namesOf(due), 'large small')
  })

  it('reads those first whose RSS has moved most, up or down', () => {
    const due = dueReads([
      known('grew by 2', 12 * MB, 10 * MB, 0), known('shrank by 5', 5 * MB, 10 * MB, 0), known('grew by 1', 11 * MB, 10 * MB, 0),
    ], 1000, LIMITS)
    assert.equal(namesOf(due), 'shrank by 5 grew by 2 grew by 1')
  })

  it('reads old figures again, after those that moved, the oldest first', () => {
    const due = dueReads([
      known('old', MB, MB, 24_000), known('moved', 3 * MB, MB, 39_000),
      known('oldest', MB, MB, 1000), known('fresh', MB, MB, 26_000),
    ], 40_000, LIMITS)
    assert.equal(namesOf(due), 'moved oldest old')
  })

  it('does not forget quiet processes on a busy machine', () => {
    const due = dueReads([known('busy', 90 * MB, MB, 99_000), known('forgotten', MB, MB, 0)], 130_000, LIMITS)
    assert.equal(namesOf(due), 'forgotten busy')
  })

  it('does not read everything again in the same round', () => {
    const all = Array.from({ length: 100 }, (_, pid) => ({ ...known('', MB, MB, 0), pid: pid + 1000 }))
    const dueAt = (now: number): number => dueReads(all, now, LIMITS).length
    assert.equal(dueAt(14_999), 0)
    assert.ok(dueAt(20_000) > 25 && dueAt(20_000) < 40)
    assert.ok(dueAt(25_000) > 60 && dueAt(25_000) < 75)
    assert.equal(dueAt(30_000), 100)
  })
})
