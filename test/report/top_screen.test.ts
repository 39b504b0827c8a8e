import assert from 'node:assert/strict'
import type { TopRow } from '../../src/report/top/row.ts'
import { renderTopPlain, renderTopScreen, topPageRows, type TopFrame } from '../../src/report/top/screen.ts'
import { displayWidth } from '../../src/report/width.ts'

const MB = 1024 ** 2
const GB = 1024 ** 3

function row(more: Partial<TopRow>): TopRow {
  return {
    pid: 1, user: 'root', label: 'init', count: 1, pss: MB, uss: MB / 2, rss: 2 * MB, swap: 0, subtreePss: undefined, partial: false,
    sinceStart: 0, sinceLast: 0, ageMs: 0, stale: false, unread: undefined, trend: [MB], branches: [], ...more,
  }
}

const ROWS: readonly TopRow[] = [
  row({
    pid: 4711, user: 'www', label: 'node server.js', pss: 300 * MB,
    sinceStart: 12.5 * MB, sinceLast: -MB, trend: [288 * MB, 301 * MB, 300 * MB],
  }),
  row({ pid: 12, ageMs: 27_000 }),
  row({ pid: 13, label: 'grows', ageMs: 6000, stale: true }),
  row({
    pid: 14, label: 'secret', pss: undefined, uss: undefined, swap: undefined, sinceStart: undefined, sinceLast: undefined,
    ageMs: undefined, unread: 'EACCES', trend: [undefined],
  }),
]

function frame(more: Partial<TopFrame> = {}): TopFrame {
  return {
    time: '12:00:01', intervalMs: 2000, actualIntervalMs: 2000, rows: ROWS, scroll: 0, sort: 'pss', descending: true, filter: undefined,
    tree: false, group: 'none', units: 'suffixes', paused: false, help: false, prompt: undefined,
    totals: {
      processes: 4, allProcesses: 9, pss: 302 * MB, memTotal: 8 * GB, memAvailable: 4 * GB, swapTotal: GB, swapFree: GB / 2, unreadCount: 1,
      unreadRss: 2 * MB, unreadCodes: new Map([['EACCES', 1]]), readCount: 2, readMs: 1.25, waitingCount: 3, ownShare: 0.006,
    },
    ...more,
  }
}

const LOOK = { colour: false, ascii: false }

function screen(more: Partial<TopFrame> = {}, columns = 120, rows = 12): string[] {
  return renderTopScreen(frame(more), { columns, rows }, LOOK)
}

describe('the screen of top', () => {
  it('shows the machine, the processes, and what could not be read', () => {
    assert.deepEqual(screen(), [
      'smem-ts top 12:00:01  every 2 s  by pss, largest first',
      '4 processes  PSS 302.0M  memory 8.0G total, 4.0G available  swap 512.0M used',
      '1 process with 2.0M RSS unread (1 EACCES)  read 2 in 1.3 ms, 3 wait  own cost 0.6% of a core',
      '    PID User          PSS      USS      RSS     Swap     Grown      Last    Age    PSS trend Command',
      '   4711 www        300.0M   512.0K     2.0M        0    +12.5M     -1.0M                 ▁█▇ node server.js',
      '     12 root         1.0M   512.0K     2.0M        0                        25s            ▁ init',
      '     13 root         1.0M   512.0K     2.0M        0                        6s!            ▁ grows',
      '     14 root            ?        ?     2.0M        ?                     denied              secret',
      '', '', '',
      '1-4 of 4  q quit  h help  s sort  r reverse  / filter  t tree  g group  u units  space pause',
    ])
  })

  it('keeps the columns that matter most on a narrow terminal', () => {
    assert.deepEqual(screen({}, 80).slice(3, 5), [
      '    PID User          PSS      USS      RSS     Grown    Age Command',
      '   4711 www        300.0M   512.0K     2.0M    +12.5M        node server.js',
    ])
    assert.equal(screen({}, 40)[3], '    PID      PSS Command')
  })

  it('is as large as the terminal, however small that is', () => {
    for (const [columns, rows] of [[120, 12], [80, 24], [20, 5], [1, 1], [10, 2]] as const) {
      for (const more of [{}, { help: true }, { prompt: { text: '漢'.repeat(99), error: 'wrong' } }]) {
        const lines = screen(more, columns, rows)
        assert.equal(lines.length, rows)
        assert.ok(lines.every((line) => displayWidth(line) <= columns), `${columns}x${rows}`)
      }
    }
  })

  it('scrolls', () => {
    assert.equal(topPageRows(12), 7)
    const lines = screen({ scroll: 2 }, 120, 7)
    assert.match(lines[4] ?? '', /grows/)
    assert.match(lines[6] ?? '', /^3-4 of 4/)
  })

  it('escapes what other processes wrote', () => {
    const hostile = row({ label: 'evil\x1b[31m\n\u202e漢字', user: '\x07' })
    const text = screen({ rows: [hostile] }).join('\n')
    assert.match(text, /\\x07 .*evil\\x1b\[31m\\n\\u202e漢字/)
     
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\u202e]/)
  })

  it('escapes the filter that it shows', () => {
    const text = screen({ filter: 'a\x1b', prompt: { text: 'b\x1b', error: 'c\x1b' } }).join('\n')
    assert.ok(!text.includes('\x1b') && text.includes('/a\\x1b/') && text.includes('b\\x1b') && text.includes('c\\x1b'))
  })

  it('draws a tree', () => {
    const rows = [
      row({ label: 'top', subtreePss: 4 * MB, partial: true }), row({ label: 'one', subtreePss: 2 * MB, branches: [true] }),
      row({ label: 'below', subtreePss: MB, branches: [true, false] }), row({ label: 'two', subtreePss: MB, branches: [false] }),
    ]
    const lines = screen({ rows, tree: true }).slice(3, 8)
    assert.match(lines[0] ?? '', /PSS +Subtree/)
    assert.deepEqual(lines.slice(1).map((line) => line.replace(/^.*▁ /, '')), ['top', '├─ one', '│  └─ below', '└─ two'])
    assert.ok(/ 1\.0M +4\.0M\+ /.test(lines[1] ?? ''), lines[1])
    const ascii = renderTopScreen(frame({ rows, tree: true }), { columns: 120, rows: 12 }, { colour: false, ascii: true })
    assert.ok(ascii.every((line) => /^[\x20-\x7e]*$/.test(line)))
  })

  it('shows groups with their number of processes, and sums that lack a part as such', () => {
    const lines = screen({ group: 'user', rows: [row({ pid: undefined, user: undefined, label: 'www', count: 12, partial: true })] })
    assert.match(lines[3] ?? '', /^Count +PSS.* User$/)
    assert.match(lines[4] ?? '', /^ {3}12 +1\.0M\+ +512\.0K\+ +2\.0M +0\+ .*www$/)
  })

  it('changes units', () => {
    assert.match(screen({ units: 'kilobytes' })[4] ?? '', / 307200 /)
    assert.match(screen({ units: 'percent' })[4] ?? '', / 3\.66% /)
  })

  it('says when it is slower than asked for, paused, or filtered', () => {
    const [line] = screen({ actualIntervalMs: 5000, paused: true, filter: 'node' })
    assert.equal(line,
      'smem-ts top 12:00:01  every 5 s (2 s would cost more than the budget)  by pss, largest first  filter /node/  paused')
  })

  it('says so when everything was read', () => {
    const totals = { ...frame().totals, unreadCount: 0, unreadCodes: new Map() }
    assert.match(screen({ totals })[2] ?? '', /^all read /)
  })

  it('explains the keys and the columns', () => {
    const help = screen({ help: true }, 80, 40).join('\n')
    for (const word of ['quit', 'sort', 'filter', 'tree', 'PSS', 'USS', 'Grown', 'Age']) assert.ok(help.includes(word), word)
    assert.match(help, /any key goes back$/)
  })

  it('has colours only when they are wanted', () => {
    const coloured = renderTopScreen(frame(), { columns: 120, rows: 12 }, { colour: true, ascii: false })
    assert.ok(coloured[3]?.includes('\x1b[7m'))
    assert.ok(!screen().join('').includes('\x1b'))
  })
})

describe('a plain refresh of top', () => {
  it('has every row in full, without a past, in ASCII', () => {
    const rows = [...ROWS, row({ label: 'x'.repeat(500) })]
    const lines = renderTopPlain(frame({ rows, scroll: 2 }), Infinity)
    assert.equal(lines.length, 4 + rows.length)
    assert.match(lines[3] ?? '', /^ {4}PID User .*Age Command$/)
    assert.ok(lines.at(-1)?.endsWith('x'.repeat(500)))
    assert.ok(lines.every((line) => /^[\x20-\x7e]*$/.test(line)))
  })
})
