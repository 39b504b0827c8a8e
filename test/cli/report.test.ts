import { strict as assert } from 'node:assert'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { headerLine, sampleLine } from '../../src/captures/index.ts'
import type { Output } from '../../src/cli/output.ts'
import { run as command } from '../../src/cli/report.ts'
import { runCommandLine } from '../../src/cli/run.ts'
import { reportSpec } from '../../src/cli/specs/report.ts'
import type { Snapshot } from '../../src/processes/index.ts'
import type { ReportData } from '../../src/report/html/index.ts'
import { MB, processOf, snapshotOf, START } from '../report/html/support/snapshots.ts'

// A dynamic import of the command would be another instance of its modules under a loader that makes CommonJS of the tests.
const spec = { ...reportSpec, load: async () => command }

describe('smem-ts report', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-report-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const at = (name: string): string => join(folder, name)

  function writeRecord(
    name: string, snapshots: readonly Snapshot[], more = '', pack: (text: string) => string | Buffer = (text) => text,
  ): string {
    const header = headerLine({ startedAt: START, everyMs: 10_000, hostname: 'web-3', kernel: '6.18', bootId: 'x' })
    writeFileSync(at(name), pack(header + snapshots.map((snapshot) => sampleLine(snapshot, 0)).join('') + more))
    return at(name)
  }

  async function run(...args: string[]): Promise<{ code: number, stdout: string, notes: string[] }> {
    const notes: string[] = []
    let stdout = ''
    const output: Output = {
      write: async (text) => {
        stdout += text
      },
      note: (line) => notes.push(line), isTerminal: false, colour: false, columns: 80, rows: 24,
    }
    return { code: await runCommandLine(['report', ...args], [spec], output, {}), stdout, notes }
  }

  const dataIn = (page: string): ReportData => (
    JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(page)?.[1] ?? '') as ReportData)
  const samples = [0, 10, 20].map((second) => snapshotOf([processOf({ pid: 7, figures: { pss: (10 + second) * MB } })], second))

  it('makes a page of a record, and prints its name', async () => {
    const result = await run(writeRecord('night.ndjson', samples), '-o', at('page.html'))
    assert.deepEqual(result, { code: 0, stdout: `${at('page.html')}\n`, notes: [] })
    const data = dataIn(readFileSync(at('page.html'), 'utf8'))
    assert.deepEqual([data.title, data.times, data.programs[0]?.pss], ['night.ndjson', [0, 10_000, 20_000], [10240, 20480, 30720]])
    assert.deepEqual(data.processes.change, [20480])
  })

  it('writes nobody else may read, whole or not at all', async () => {
    await run(writeRecord('night.ndjson', samples), '-o', at('page.html'))
    assert.equal(statSync(at('page.html')).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder).sort(), ['night.ndjson', 'page.html'])
  })

  it('writes to standard output', async () => {
    const { code, stdout } = await run(writeRecord('night.ndjson', samples), '--output', '-', '--title', 'a <b>')
    assert.equal(code, 0)
    assert.match(stdout, /^<!doctype html>[^]*<h1>a &lt;b&gt;<\/h1>/)
    assert.equal(dataIn(stdout).title, 'a <b>')
  })

  it('reads a compressed record, and passes over lines that a crash left', async () => {
    const torn = '{"type":"sample","takenAt":1795\n'
    const rest = torn + sampleLine(snapshotOf([], 30), 0) + torn.trim()
    const path = writeRecord('night.ndjson.gz', samples, rest, (text) => gzipSync(text))
    const { code, stdout, notes } = await run(path, '-o', '-')
    assert.deepEqual([code, notes], [0, [`${path}: 2 lines are cut off or damaged`]])
    assert.deepEqual(dataIn(stdout).times, [0, 10_000, 20_000, 30_000])
  })

  it('reads the JSON of a listing', async () => {
    const [snapshot] = samples
    writeFileSync(at('now.json'), JSON.stringify({ schema: 1, type: 'snapshot', ...snapshot }))
    const { code, stdout } = await run(at('now.json'), '-o', '-')
    assert.equal(code, 0)
    assert.deepEqual([dataIn(stdout).readings, dataIn(stdout).processes.pid], [1, [7]])
  })

  it('reads a copy of /proc', async () => {
    const { code, stdout } = await run(join(import.meta.dirname, '../fixtures/proc/linux-6.18'), '-o', '-')
    assert.equal(code, 0)
    assert.ok(dataIn(stdout).processes.pid.includes(812))
  })

  it('says what could not be read, on the page and on standard error', async () => {
    const { notes, stdout } = await run(writeRecord('a.ndjson', [snapshotOf([processOf({ pid: 1, rss: MB })])]), '-o', '-')
    assert.match(notes[0] ?? '', /^1 process with 1\.0 MB RSS could not be read \(1 EACCES\)/)
    assert.match(stdout, /<div class="notice"><p>1 process with 1\.0 MB RSS/)
  })

  it('fails without a file, without a sample, and where there is no capture', async () => {
    writeFileSync(at('text'), 'hello')
    for (const [path, why] of [
      [at('gone'), /gone.*ENOENT|ENOENT.*gone/], [at('text'), /neither a tree/], [writeRecord('empty.ndjson', []), /empty\.ndjson: no sample/],
    ] as const) {
      const { code, stdout, notes } = await run(path, '-o', at('page.html'))
      assert.deepEqual([code, stdout, notes.length], [1, '', 1])
      assert.match(notes[0] ?? '', why)
    }
    assert.ok(!existsSync(at('page.html')))
  })

  it('does not write over what it reads', async () => {
    const path = writeRecord('night.ndjson', samples)
    const { code, notes } = await run(path, '-o', path)
    assert.equal(code, 2)
    assert.match(notes[0] ?? '', /is the file to read/)
    assert.match(readFileSync(path, 'utf8'), /^\{"schema":1/)
  })

  it('fails where it may not write, and leaves nothing', async () => {
    const { code, notes } = await run(writeRecord('night.ndjson', samples), '-o', at('no/such/folder/page.html'))
    assert.equal(code, 1)
    assert.match(notes[0] ?? '', /ENOENT/)
    assert.deepEqual(readdirSync(folder), ['night.ndjson'])
  })

  it('wants one file', async () => {
    assert.equal((await run()).code, 2)
    assert.equal((await run('a', 'b')).code, 2)
    assert.equal((await run('')).code, 2)
    assert.equal((await run(writeRecord('night.ndjson', samples), '-o', '')).code, 2)
  })
})
