import assert from 'node:assert/strict'
import { headerLine, sampleLine } from '../../src/captures/index.ts'
import type { SnapshotProcess } from '../../src/processes/index.ts'
import { END_OF_ARCHIVE, member, processOf, smapsOf, snapshotOf, STAT, TemporaryDirectory } from '../captures/support.ts'
import { runKept } from './support/in_process.ts'
import { runCommand, startCommand } from './support/run_command.ts'

describe('smem-ts diff', function () {
  this.timeout(1000 * 60)
  let files: TemporaryDirectory

  beforeEach(() => {
    files = new TemporaryDirectory()
  })

  afterEach(() => files[Symbol.dispose]())

  function archive(name: string, ...sizes: (readonly [pid: number, kilobytes: number, path?: string])[]): string {
    const members = sizes.flatMap(([pid, kilobytes, path]) => [
      member(`${pid}/stat`, STAT), member(`${pid}/cmdline`, 'one\0'), member(`${pid}/smaps`, smapsOf(kilobytes, path))])
    return files.write(name, Buffer.concat([...members, END_OF_ARCHIVE]))
  }

  function recordOf(name: string, ...samples: SnapshotProcess[][]): string {
    const header = headerLine({ startedAt: 1, everyMs: 1000, hostname: 'h', kernel: 'k', bootId: undefined })
    return files.write(name, header + samples.map((processes, index) => (
      sampleLine(snapshotOf(processes, Date.UTC(2026, 0, 1, index)), 0))).join(''))
  }

  it('refuses --from and --to where they choose nothing', async () => {
    const capture = archive('a.tar', [1, 4])
    const record = recordOf('r.ndjson', [processOf(1)], [processOf(1)])
    const time = '2026-01-01T00:00:00Z'
    for (const [args, said] of [
      [['--from', time, capture, capture], /--from chooses a sample of a record, and .* is none/],
      [['--to', time, record, capture], /--to chooses a sample of a record/],
      [['--from', time, `${record}@1`, `${record}@2`], /leave out --from, or @1/],
      [['--from', '2026-01-02', '--to', '2026-01-01', record], /--from is later than --to/],
    ] as const) {
      const { code, stderr } = await runCommand('diff', args)
      assert.equal(code, 2, stderr)
      assert.match(stderr, said)
    }
  })

  it('lists what grew, came and went, and the total', async () => {
    const before = archive('a.tar', [1, 4], [2, 8], [3, 16])
    const after = archive('b.tar', [1, 4], [2, 20], [4, 8])
    const { code, stdout, stderr } = await runCommand('diff', [before, after])
    assert.deepEqual([code, stderr], [0, ''])
    const rows = stdout.trimEnd().split('\n').slice(1).map((line) => line.trim().split(/\s+/))
    assert.deepEqual(rows.slice(0, 5), [
      ['PID', 'User', 'Name', '+PSS', '+USS', '+RSS', '+SWAP', 'Before', 'After'],
      ['2', '7', 'one', '+12.0K', '+12.0K', '+12.0K', '0', '8.0K', '20.0K'],
      ['4', '7', 'one', '+8.0K', '+8.0K', '+8.0K', '0', '-', '8.0K', 'new'],
      ['3', '7', 'one', '-16.0K', '-16.0K', '-16.0K', '0', '16.0K', '-', 'gone'],
      ['total', '+4.0K', '+4.0K', '+4.0K', '0', '28.0K', '32.0K'],
    ])
  })

  it('prints JSON in bytes', async () => {
    const [before, after] = [archive('a.tar', [1, 4]), archive('b.tar', [1, 8], [2, 8])]
    const { stdout } = await runCommand('diff', ['--json', '--by', 'program', before, after])
    const { schema, type, rows, total } = JSON.parse(stdout) as Record<string, unknown>
    assert.deepEqual([schema, type], [1, 'diff'])
    assert.deepEqual(rows, [{
      name: 'one', status: 'both',
      before: { pss: 4096, uss: 4096, rss: 4096, swap: 0, processes: 1, unread: 0 },
      after: { pss: 16384, uss: 16384, rss: 16384, swap: 0, processes: 2, unread: 0 },
      growth: { pss: 12288, uss: 12288, rss: 12288, swap: 0 },
    }])
    assert.equal((total as { leftOut: number }).leftOut, 0)
  })

  it('tells mappings apart', async () => {
    const [before, after] = [archive('a.tar', [1, 4, '/x']), archive('b.tar', [1, 8, '/x'], [2, 8, '/y'])]
    const { stdout } = await runCommand('diff', ['--by', 'mapping', before, after])
    assert.match(stdout, /\/y .*\n\/x .*\ntotal/)
  })

  it('compares the samples of a record that are asked for', async () => {
    const path = recordOf('r', ...[1000, 2000, 5000, 4000].map((pss) => [processOf(1, { pss: pss * 1024 })]))
    const growth = async (...args: string[]): Promise<unknown> => {
      const { stdout, stderr } = await runCommand('diff', ['--json', ...args])
      assert.equal(stderr, '')
      return (JSON.parse(stdout) as { rows: { growth: { pss: number } }[] }).rows[0]?.growth.pss
    }
    assert.equal(await growth(path), 3000 * 1024)
    assert.equal(await growth(`${path}@2`, `${path}@-2`), 3000 * 1024)
    assert.equal(await growth(`${path}@2`), 2000 * 1024)
    assert.equal(await growth('--from', '2026-01-01T00:30Z', '--to', '2026-01-01T02:59Z', path), 3000 * 1024)
    assert.equal(await growth('--to', String(Date.UTC(2026, 0, 1, 1) / 1000), path), 1000 * 1024)
  })

  it('takes for a time what is one, and says of all else what is', async () => {
    const path = recordOf('r', ...[1000, 2000].map((pss) => [processOf(1, { pss: pss * 1024 })]))
    const start = Date.UTC(2026, 0, 1)
    const good = ['2026-01-01T00:00Z', '2026-01-01 00:00:00.5+00:00', '2025-12-31', String(start / 1000), `${start / 1000}.5`, String(start)]
    const bad = [
      '1', '-1', '-1767225600', '20260101', '2026', '2026-02-31T00:00', '2026-13-01', '10m', 'Jan 1 2026', '1e9', '2026-01-01T00:00X', '',
    ]
    for (const time of good) {
      const { code, notes } = await runKept('diff', `--from=${time}`, path)
      assert.deepEqual([code, notes], [0, []], time)
    }
    for (const time of bad) {
      const { code, notes } = await runKept('diff', `--to=${time}`, path)
      assert.equal(code, 2, time)
      assert.match(notes.join(), /--to: '.*' is no time; write a date and time such as 2026-03-01T02:00 .*, or seconds since 1970/)
    }
  })

  it('compares across kinds of sources, and says where their PSS differ', async () => {
    const path = recordOf('r', [processOf(1, { startTime: 1000, comm: 'one', pss: 8192 })])
    const { code, stderr, stdout } = await runCommand('diff', [archive('a.tar', [1, 4]), path])
    assert.equal(code, 0)
    assert.match(stdout, /\+4\.0K/)
    assert.match(stderr, /up to 1 kB a mapping/)
  })

  it('says what is cut off, and what could not be read', async () => {
    const members = [1, 2].flatMap((pid) => [member(`${pid}/stat`, STAT), member(`${pid}/smaps`, smapsOf(4))])
    const whole = Buffer.concat(members)
    const cut = files.write('cut.tar', whole.subarray(0, whole.length - 600))
    const { code, stderr } = await runCommand('diff', [cut, archive('b.tar', [1, 8])])
    assert.equal(code, 0)
    assert.match(stderr, /cut\.tar: the archive is cut off/)
    assert.match(stderr, /cut\.tar: 1 process with \d+ kB RSS could not be read/)
  })

  it('shows no character that acts on a terminal', async () => {
    const evil = 'a\x1b[31m\n\x9b2J\u202e'
    const path = recordOf('r', [processOf(1)], [processOf(1), processOf(2, { comm: evil, commandLine: [evil], user: evil })])
    for (const args of [[path], ['--by', 'program', path], ['--json', path]]) {
      const { stdout } = await runCommand('diff', args)
      assert.match(stdout, /^[\n\x20-\x7e]*$/)
    }
  })

  it('refuses what cannot be compared, with a reason', async () => {
    const one = archive('a.tar', [1, 4])
    const path = recordOf('r', [processOf(1)])
    const single = await runCommand('diff', [one])
    assert.deepEqual([single.code, /holds one snapshot only/.test(single.stderr)], [2, true])
    const mappings = await runCommand('diff', ['--by', 'mapping', path])
    assert.deepEqual([mappings.code, /has no mappings/.test(mappings.stderr)], [1, true])
    assert.equal((await runCommand('diff', [one, files.at('missing')])).code, 1)
    assert.equal((await runCommand('diff', [`${path}@9`])).code, 1)
    for (const args of [[], [''], ['', path], [path, ''], ['--from', 'yesterday-ish', path], ['--by', 'color', path], ['-n', '0', path]]) {
      assert.equal((await runCommand('diff', args)).code, 2, args.join(' '))
    }
  })

  it('to a reader that goes away ends quietly', async () => {
    const path = recordOf('r', [], Array.from({ length: 10_000 }, (_, index) => processOf(index + 1)))
    const { child, ended } = startCommand('diff', [path])
    child.stdout?.once('data', () => child.stdout?.destroy())
    assert.deepEqual(await ended.then(({ code, stderr }) => [code, stderr]), [0, ''])
  })
})
