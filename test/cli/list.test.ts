import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { headerLine, sampleLine } from '../../src/captures/index.ts'
import { processOf, smapsOf, snapshotOf, STAT, TemporaryDirectory } from '../captures/support.ts'
import { runKept } from './support/in_process.ts'

type Json = Readonly<Record<string, unknown>>

/** pid, ppid, kB, command line. */
const FAMILY = [[1, 0, 8, 'init'], [20, 1, 40, 'shop\0-d'], [21, 20, 4, 'cart'], [30, 1, 12, 'mail']] as const

describe('the listing', () => {
  let files: TemporaryDirectory

  before(() => {
    files = new TemporaryDirectory()
    for (const [pid, ppid, kilobytes, commandLine] of FAMILY) {
      const folder = join(files.path, 'proc', String(pid))
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'stat'), STAT.replace('1 (one) S 0', `${pid} (p${pid}) S ${ppid}`))
      writeFileSync(join(folder, 'cmdline'), `${commandLine}\0`)
      writeFileSync(join(folder, 'smaps'), smapsOf(kilobytes, pid === 30 ? '/lib/mail.so' : '/bin/one'))
    }
    const processes = [processOf(4)]
    const header = headerLine({ startedAt: 1, everyMs: 1000, hostname: 'h', kernel: '6.18', bootId: undefined })
    files.write('record', header + sampleLine(snapshotOf(processes), 0))
    files.write('snapshot.json', JSON.stringify({ schema: 1, type: 'snapshot', ...snapshotOf(processes) }))
  })

  after(() => files[Symbol.dispose]())

  async function shown(...args: string[]): Promise<string> {
    const { code, stdout, notes } = await runKept('-S', files.path, ...args)
    assert.equal(code, 0, notes.join('\n'))
    return stdout
  }

  async function refused(code: number, ...args: string[]): Promise<string> {
    const result = await runKept(...args)
    assert.deepEqual([result.code, result.stdout, result.notes.length], [code, '', 1], `${args.join(' ')}: ${result.notes.join('\n')}`)
    return result.notes[0] ?? ''
  }

  const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')
  const pidsOf = (text: string): unknown[] => linesOf(text).map((line) => (JSON.parse(line) as Json)['pid'])

  for (const args of [['-m'], ['--by', 'mapping'], ['-M', 'x']]) {
    it(`tells of no mappings that a file does not have: ${args.join(' ')}`, async () => {
      for (const name of ['record', 'snapshot.json']) {
        const message = await refused(1, '-S', files.at(name), ...args)
        assert.equal(message, (await runKept('diff', '--by', 'mapping', files.at(name), files.at(name))).notes[0])
        assert.match(message, /has no mappings: captures have them, records when made with --mappings$/)
      }
    })
  }

  for (const [args, ...names] of [
    [['--by', 'user', '-m'], '--by', '-m'], [['--by', 'user', '-u'], '--by', '-u'], [['--by', 'user', '-w'], '--by', '-w'],
    [['--by', 'user', '--tree'], '--by', '--tree'],
    [['--tree', '-m'], '--tree', '-m'], [['--tree', '-u'], '--tree', '-u'], [['--tree', '-w'], '--tree', '-w'],
    [['--json', '--csv'], '--json', '--csv'], [['--json', '--ndjson'], '--json', '--ndjson'], [['--ndjson', '--csv'], '--ndjson', '--csv'],
    [['--json', '--chart'], '--json', '--chart'], [['--ndjson', '--pie', 'pid'], '--ndjson', '--pie'],
    [['--csv', '--bar', 'pid'], '--csv', '--bar'],
    [['--json', '-k'], '--json', '-k'], [['--csv', '-p'], '--csv', '-p'], [['--csv', '-t'], '--csv', '-t'], [['--ndjson', '-a'], '--ndjson', '-a'],
    [['--pie', 'pid', '--bar', 'pid'], '--pie', '--bar'], [['--chart', '-o', 'x.svg'], '--chart', '-o'],
    [['--tree', '-M', 'x'], '--tree', '-M'], [['--by', 'user', '-M', 'x'], '--by', '-M'],
    [['-S', 'x', '--max-rss', '1G'], '-S', '--max-rss'], [['-S', 'x', '--budget', '1s'], '-S', '--budget'],
    [['-S', 'x', '--threads', '2'], '-S', '--threads'],
  ] as const) {
    it(`refuses ${args.join(' ')}`, async () => {
      const message = await refused(2, ...args)
      assert.match(message, /exclude each other/)
      for (const name of names) assert.ok(message.includes(name), message)
    })
  }

  it('counts no process that has ended among those of a group or a tree', async () => {
    const ended = { ...processOf(5), usage: null, unavailable: { code: 'ESRCH', reason: 'it has ended' } }
    const path = files.write('ended.json', JSON.stringify({ schema: 1, type: 'snapshot', ...snapshotOf([processOf(4), ended]) }))
    for (const args of [['--by', 'user', '-c', 'count,unread'], ['--tree', '-c', 'pid']]) {
      const { stdout, notes } = await runKept('-S', path, '-H', ...args)
      assert.deepEqual([stdout.trim().split(/\s+/), notes], [args[0] === '--tree' ? ['4'] : ['1', '0'], []])
    }
  })

  it("keeps smem's order of its own views", async () => {
    assert.equal(await shown('-w', '-u', '-m'), await shown('-m'))
    assert.equal(await shown('-w', '-u'), await shown('-u'))
    assert.equal(await shown('-k', '-p'), await shown('-k'))
  })

  it('groups by mapping what the filter leaves', async () => {
    assert.match(await shown('--by', 'mapping', '-M', 'mail', '-H'), /^\/lib\/mail\.so +1 [^\n]*\n$/)
  })

  it('has numbers for users in groups and trees too', async () => {
    const [uid] = linesOf(await shown('-n', '-H', '-c', 'user')).map((text) => text.trim())
    assert.equal((await shown('--by', 'user', '-n', '-H', '-c', 'group')).trim(), uid)
    assert.equal(linesOf(await shown('--tree', '-n', '-H', '-c', 'user'))[0]?.trim(), uid)
  })

  it('does not take the name of no file for a file', async () => {
    for (const option of ['source', 'kernel', 'output']) {
      assert.equal(await refused(2, `--${option}`, '', '--bar', 'pid'), `--${option} is empty, and must be the name of a file`)
    }
    assert.match(await refused(2, '-R', ''), /--realmem needs a unit/)
  })

  it('says why a kernel image cannot be opened', async () => {
    assert.equal(await refused(1, '-w', '-K', files.at('vmlinux')), `--kernel: cannot open ${files.at('vmlinux')}: ENOENT`)
  })

  it('refuses a list of columns that names none', async () => {
    for (const list of [' ', ' , ', ',']) {
      assert.match(await refused(2, '-c', list), /^no column is named in ' ?,? ?'; this view has pid, user, name/)
      assert.match(await refused(2, '--csv', '-c', list), /^no column is named/)
      assert.match(await refused(2, '--bar', list), /^no column is named/)
    }
    assert.equal(await shown('-c', ''), await shown())
  })

  it('refuses a chart with two labels, and a tree in an order that trees do not have', async () => {
    assert.equal(await refused(2, '-S', files.path, '--pie', 'pid,user', '-o', '-'), "--pie takes one column, got 'pid,user'")
    assert.equal(
      await refused(2, '--tree', '-s', 'pid'),
      '--tree sorts by what subtrees use, and not by pid: --sort takes uss, pss, rss, treeuss or treepss')
  })

  it('gives processes to programs by pid, and in the order of the table when one is asked for', async () => {
    assert.deepEqual(pidsOf(await shown('--ndjson')), [1, 20, 21, 30])
    assert.deepEqual(pidsOf(await shown('--ndjson', '-r')), [20, 30, 1, 21])
    assert.deepEqual(pidsOf(await shown('--ndjson', '-s', 'pss')), [21, 1, 30, 20])
    assert.deepEqual(pidsOf(await shown('--ndjson', '-s', 'command', '-r')), [20, 30, 1, 21])
    const { processes } = JSON.parse(await shown('--json', '-s', 'pid', '-r')) as { processes: Json[] }
    assert.deepEqual(processes.map(({ pid }) => pid), [30, 21, 20, 1])
    const csv = async (...args: string[]): Promise<string[]> => linesOf(await shown('--csv', '-H', '-c', 'pid', ...args))
    assert.deepEqual(await csv(), ['1', '20', '21', '30'])
    assert.deepEqual(await csv('-s', 'pss', '-r'), ['20', '30', '1', '21'])
  })

  it('gives the rows of other views in the order of their tables', async () => {
    for (const args of [['-m'], ['-m', '-s', 'map', '-r'], ['--by', 'program'], ['--by', 'program', '-s', 'group'], ['-w', '-r']]) {
      const column = args[0] === '-m' ? 'map' : args[0] === '-w' ? 'area' : 'group'
      const names = linesOf(await shown('-H', '-c', column, ...args)).map((line) => line.trim())
      const { rows } = JSON.parse(await shown('--json', ...args)) as { rows: Json[] }
      assert.deepEqual(rows.map((row) => row[column]), names, args.join(' '))
      assert.deepEqual(linesOf(await shown('--ndjson', ...args)).map((line) => (JSON.parse(line) as Json)[column]), names)
      assert.deepEqual(linesOf(await shown('--csv', '-H', '-c', column, ...args)), names)
    }
  })

  it('gives trees to programs as depths and plain commands', async () => {
    const wanted = [['1', '0', '0', 'init'], ['20', '1', '1', 'shop -d'], ['21', '20', '2', 'cart'], ['30', '1', '1', 'mail']]
    assert.deepEqual(linesOf(await shown('--tree', '--csv', '-H', '-c', 'pid,ppid,depth,command')).map((line) => line.split(',')), wanted)
    const { rows } = JSON.parse(await shown('--tree', '--json')) as { rows: Json[] }
    assert.deepEqual(rows.map(({ pid, ppid, depth, command }) => [pid, ppid, depth, command].map(String)), wanted)
    assert.deepEqual(pidsOf(await shown('--tree', '--ndjson', '-s', 'pss')), [1, 30, 20, 21])
    assert.match(await shown('--tree'), /├─ shop -d/)
  })
})
