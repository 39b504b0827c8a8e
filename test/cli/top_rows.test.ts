import assert from 'node:assert/strict'
import { recordRound } from '../../src/cli/top/groups.ts'
import { History } from '../../src/cli/top/history.ts'
import { Pace } from '../../src/cli/top/pace.ts'
import { topRows } from '../../src/cli/top/rows.ts'
import { screenUpdate } from '../../src/cli/top/screen.ts'
import type { TopView } from '../../src/cli/top/view.ts'
import { FIELD_COUNT, FIELD_INDEX } from '../../src/native/index.ts'
import type { TopRow } from '../../src/report/top/row.ts'
import type { SampledProcess } from '../../src/sampling/index.ts'
import { toMemoryUsage } from '../../src/smaps/index.ts'

const VIEW: TopView = {
  sort: 'pss', reversed: false, filter: undefined, tree: false, group: 'none', units: 'suffixes', paused: false, help: false,
  intervalMs: 2000, scroll: 0, prompt: undefined,
}

interface Made {
  readonly pid: number
  readonly pss?: number
  readonly ppid?: number
  readonly uid?: number
  readonly command?: string
  readonly error?: string
}

function made({ pid, pss = 0, ppid = 0, uid = 0, command = `p${pid}`, error }: Made): SampledProcess {
  const figures = new Float64Array(FIELD_COUNT).fill(NaN)
  figures[FIELD_INDEX.pss] = pss
  return {
    pid, ppid, startTime: pid, uid, comm: command.slice(0, 15), commandLine: command.split(' '), cgroup: undefined, threads: 1,
    state: 'S', kernelThread: false, rss: pss * 2, mappings: undefined, costNs: 1, stale: false,
    ageMs: error === undefined ? 0 : undefined,
    usage: error === undefined ? toMemoryUsage(figures, 0, 'rollup', 1) : null,
    unavailable: error === undefined ? null : { code: error, reason: '' },
  }
}

const userOf = (uid: number): string => `user${uid}`

/** The table after these rounds. */
function rowsAfter(rounds: readonly (readonly Made[])[], view: Partial<TopView> = {}): TopRow[] {
  const history = new History()
  const processes = rounds.map((round) => round.map(made))
  for (const round of processes) recordRound(history, round, userOf)
  return topRows(processes.at(-1) ?? [], history, userOf, { ...VIEW, ...view })
}

const pidsOf = (rows: readonly TopRow[]): unknown => rows.map(({ pid }) => pid)

describe('the rows of top', () => {
  it('are sorted by the largest figure, unknown ones last in either direction', () => {
    const round = [{ pid: 1, pss: 5 }, { pid: 2, error: 'EACCES' }, { pid: 3, pss: 9 }]
    assert.deepEqual(pidsOf(rowsAfter([round])), [3, 1, 2])
    assert.deepEqual(pidsOf(rowsAfter([round], { reversed: true })), [1, 3, 2])
    assert.deepEqual(pidsOf(rowsAfter([round], { sort: 'pid' })), [1, 2, 3])
    assert.deepEqual(pidsOf(rowsAfter([round], { sort: 'pid', reversed: true })), [3, 2, 1])
  })

  it('tell the change since the start and since the last round', () => {
    const [row] = rowsAfter([[{ pid: 1, pss: 10 }], [{ pid: 1, pss: 25 }], [{ pid: 1, pss: 20 }]])
    assert.deepEqual([row?.sinceStart, row?.sinceLast, row?.trend], [10, -5, [10, 25, 20]])
  })

  it('know no change of a process that was not read before', () => {
    const [row] = rowsAfter([[{ pid: 1, error: 'ERR_OVER_BUDGET' }], [{ pid: 1, pss: 20 }]])
    assert.deepEqual([row?.sinceStart, row?.sinceLast, row?.trend], [0, undefined, [undefined, 20]])
  })

  it('forget the past of a process that has gone', () => {
    const [row] = rowsAfter([[{ pid: 1, pss: 10 }], [], [{ pid: 1, pss: 50 }]])
    assert.deepEqual([row?.sinceStart, row?.trend], [0, [50]])
  })

  it('are filtered by name and command line', () => {
    const round = [{ pid: 1, command: 'node server.js' }, { pid: 2, command: 'bash' }]
    assert.deepEqual(pidsOf(rowsAfter([round], { filter: /server/ })), [1])
    assert.deepEqual(pidsOf(rowsAfter([round], { filter: /^bash$/ })), [2])
  })

  it('are grouped by user and by program, with sums of what is known', () => {
    const round = [
      { pid: 1, pss: 10, uid: 1, command: '/usr/bin/node a' }, { pid: 2, pss: 5, uid: 2, command: '/opt/node b' },
      { pid: 3, error: 'EACCES', uid: 2, command: 'nginx: worker process' },
    ]
    const users = rowsAfter([round], { group: 'user' })
    assert.deepEqual(users.map(({ label, count, pss, partial }) => [label, count, pss, partial]), [
      ['user1', 1, 10, false], ['user2', 2, 5, true],
    ])
    const programs = rowsAfter([round], { group: 'program' })
    assert.deepEqual(programs.map(({ label, pss, unread }) => [label, pss, unread]), [
      ['node', 15, undefined], ['nginx', undefined, 'EACCES'],
    ])
  })

  it('do not take a first reading for growth of the group', () => {
    const [row] = rowsAfter([
      [{ pid: 1, pss: 10 }, { pid: 2, error: 'ERR_OVER_BUDGET' }], [{ pid: 1, pss: 10 }, { pid: 2, pss: 90 }],
    ], { group: 'user' })
    assert.deepEqual([row?.pss, row?.sinceStart, row?.trend], [100, 0, [undefined, 100]])
  })

  it('leave out of a sum of RSS what is hidden', () => {
    const processes = [made({ pid: 1, pss: 5 }), { ...made({ pid: 2, error: 'EPERM' }), rss: NaN, comm: '', commandLine: undefined }]
    const history = new History()
    assert.deepEqual(topRows(processes, history, userOf, VIEW).map(({ label, rss }) => [label, rss]), [['p1', 10], ['?', undefined]])
    assert.deepEqual(topRows(processes, history, userOf, { ...VIEW, group: 'user' }).map(({ rss }) => rss), [10])
  })

  it('know nothing of a group of which no member can be read', () => {
    const [row] = rowsAfter([[{ pid: 1, error: 'EACCES' }], [{ pid: 1, error: 'EACCES' }]], { group: 'user' })
    assert.deepEqual([row?.pss, row?.sinceStart, row?.sinceLast, row?.trend], [undefined, undefined, undefined, [undefined, undefined]])
  })

  it('see a group shrink when a member goes', () => {
    const [row] = rowsAfter([[{ pid: 1, pss: 10 }, { pid: 2, pss: 90 }], [{ pid: 1, pss: 10 }]], { group: 'user' })
    assert.deepEqual([row?.sinceStart, row?.sinceLast], [-90, -90])
  })

  it('form a tree with the sums of subtrees, the largest first', () => {
    const round = [
      { pid: 1, pss: 1 }, { pid: 2, ppid: 1, pss: 20 }, { pid: 3, ppid: 1, pss: 5 }, { pid: 4, ppid: 3, pss: 30 },
      { pid: 5, ppid: 3, error: 'EACCES' },
    ]
    const rows = rowsAfter([round], { tree: true })
    assert.deepEqual(rows.map(({ pid, subtreePss, partial, branches }) => [pid, subtreePss, partial, branches]), [
      [1, 56, true, []], [3, 35, true, [true]], [4, 30, false, [true, true]], [5, undefined, true, [true, false]],
      [2, 20, false, [false]],
    ])
  })

  it('keep the ancestors of what a filter finds in a tree, and whole sums', () => {
    const round = [{ pid: 1, pss: 1 }, { pid: 2, ppid: 1, pss: 20, command: 'wanted' }, { pid: 3, ppid: 1, pss: 5 }]
    const rows = rowsAfter([round], { tree: true, filter: /wanted/ })
    assert.deepEqual(rows.map(({ pid, subtreePss }) => [pid, subtreePss]), [[1, 26], [2, 20]])
  })

  it('survive a family of ten thousand generations', () => {
    const round = Array.from({ length: 10_000 }, (_, index) => ({ pid: index + 1, ppid: index, pss: 1 }))
    const rows = rowsAfter([round], { tree: true })
    assert.equal(rows[0]?.subtreePss, 10_000)
    assert.ok(rows.every(({ branches }) => branches.length <= 30))
  })
})

describe('the update of a screen', () => {
  it('draws everything at first', () => {
    assert.equal(screenUpdate(undefined, ['a', 'b']), '\x1b[0m\x1b[2J\x1b[1;1Ha\x1b[K\x1b[2;1Hb\x1b[K')
  })

  it('draws only lines that have changed', () => {
    assert.equal(screenUpdate(['a', 'b', 'c'], ['a', 'x', 'c']), '\x1b[2;1Hx\x1b[K')
    assert.equal(screenUpdate(['a'], ['a']), '')
  })
})

describe('the pace of rounds', () => {
  it('is the interval that is asked for as long as rounds are cheap', () => {
    const pace = new Pace(0.01)
    assert.equal(pace.intervalMs(2000), 2000)
    pace.spent(10)
    assert.equal(pace.intervalMs(2000), 2000)
    assert.equal(pace.shareAt(2000), 0.005)
  })

  it('becomes slower until the budget suffices, and faster again', () => {
    const pace = new Pace(0.01)
    pace.spent(50)
    assert.equal(pace.intervalMs(2000), 5000)
    for (let nth = 0; nth < 20; nth++) pace.spent(10)
    assert.equal(pace.intervalMs(2000), 2000)
  })

  it('never stops', () => {
    const pace = new Pace(0.01)
    pace.spent(1_000_000)
    assert.equal(pace.intervalMs(2000), 60_000)
  })
})
