/** What docs/smem-compat.md says of the command as a whole. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { END_OF_ARCHIVE, member, smapsOf, STAT, TemporaryDirectory } from '../captures/support.ts'
import { runKept } from './support/in_process.ts'

const PATHS = ['/tmp/x kB', '/tmp/y\f', '/tmp/\xff', '/srv/app/some file.db', '/srv/app/some other (deleted)', '[anon:v8 old space]']

/** smaps of one page for each path. */
function smapsOfAll(paths: readonly string[]): Buffer {
  return Buffer.from(paths.map((path, index) => (
    smapsOf(4, path).replace(/^[0-9a-f]+-[0-9a-f]+/, `${index + 1}0000000-${index + 1}0001000`))).join(''), 'latin1')
}

describe('smem-ts, where smem is wrong', () => {
  let files: TemporaryDirectory

  beforeEach(() => {
    files = new TemporaryDirectory()
  })

  afterEach(() => files[Symbol.dispose]())

  function writeProcess(pid: number, contents: Readonly<Record<string, string | Buffer>>): void {
    const folder = join(files.path, 'proc', String(pid))
    mkdirSync(folder, { recursive: true })
    const all = { stat: STAT, cmdline: 'one\0', smaps: smapsOf(4), ...contents }
    for (const [name, content] of Object.entries(all)) writeFileSync(join(folder, name), content)
  }

  async function rowsOf(source: string, ...args: string[]): Promise<string[]> {
    const { code, stdout, notes } = await runKept('-H', '-S', source, ...args)
    assert.equal(code, 0, notes.join('\n'))
    return stdout.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' ')).filter((line) => line !== '')
  }

  it('loses no process for the paths that it maps', async () => {
    writeProcess(2, { smaps: smapsOfAll(PATHS) })
    writeProcess(3, {})
    assert.deepEqual(await rowsOf(files.path, '-c', 'pid,pss', '-s', 'pid'), ['2 24', '3 4'])
    assert.deepEqual(await rowsOf(files.path, '-u', '-c', 'count,pss'), ['2 28'])
  })

  it('counts a mapping under the first word of its path, as smem does', async () => {
    writeProcess(2, { smaps: smapsOfAll(PATHS) })
    const rows = await rowsOf(files.path, '-m', '-c', 'map,count')
    for (const row of ['/tmp/x 1', '/srv/app/some 2', '[anon:v8 1']) assert.ok(rows.includes(row), `${row} in ${rows.join('; ')}`)
  })

  it('shows all of a name with a parenthesis, and the last letter of a title', async () => {
    writeProcess(2, { stat: STAT.replace('(one)', '(a)b(c)'), cmdline: 'postgres: writer process' })
    assert.deepEqual(await rowsOf(files.path, '-c', 'name,command'), ['a)b(c postgres: writer process'])
  })

  it('shows a process without arguments', async () => {
    writeProcess(2, { cmdline: '' })
    assert.deepEqual(await rowsOf(files.path, '-c', 'pid,command'), ['2 [one]'])
  })

  it('replaces only the bytes that are no UTF-8', async () => {
    writeProcess(2, { cmdline: Buffer.from('a\xffb\0c\0', 'latin1') })
    assert.deepEqual(await rowsOf(files.path, '-c', 'command'), ['a\ufffdb c'])
  })

  it('reads captures of tar, whatever stands before the names, and shows numbers for owners without a name', async () => {
    for (const prefix of ['', './', 'proc/', './proc/']) {
      const members = [['stat', STAT], ['cmdline', 'one\0'], ['smaps', smapsOf(4)]]
        .map(([name = '', content = '']) => member(`${prefix}2/${name}`, content))
      const path = files.write('capture.tar', Buffer.concat([...members, END_OF_ARCHIVE]))
      assert.deepEqual(await rowsOf(path, '-c', 'pid,user,pss'), ['2 7 4'], prefix)
    }
  })

  it('reads an archive as far as it goes, and says where it is cut', async () => {
    const whole = [2, 3].flatMap((pid) => (
      [member(`${pid}/stat`, STAT), member(`${pid}/cmdline`, 'one\0'), member(`${pid}/smaps`, smapsOf(4))]))
    const bytes = Buffer.concat(whole)
    const path = files.write('cut.tar', bytes.subarray(0, bytes.length - 600))
    const { code, stdout, notes } = await runKept('-H', '-S', path, '-c', 'pid,pss')
    assert.equal(code, 0)
    assert.match(stdout, /^ *2 +4 *\n/)
    assert.match(notes.join('\n'), /cut|ends/)
  })

  it('fails when the source is not there', async () => {
    const { code, stdout, notes } = await runKept('-S', files.at('nowhere'))
    assert.deepEqual([code, stdout, notes.length], [1, '', 1])
  })

  it('counts what could not be read, and exits with 3 when that matters', async () => {
    const { code, notes } = await runKept('--max-rss', '1K', '-c', 'pid')
    assert.equal(code, 0)
    assert.match(notes.join('\n'), /^\d+ process(?:es)? with \d+ kB RSS could not be read/m)
    assert.equal((await runKept('--max-rss', '1K', '--strict')).code, 3)
  })
})
