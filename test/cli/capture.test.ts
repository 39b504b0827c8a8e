import { gunzipSync } from 'node:zlib'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCapture } from '../../src/captures/index.ts'
import { run as capture } from '../../src/cli/capture.ts'
import type { Output } from '../../src/cli/output.ts'
import { TemporaryDirectory } from '../captures/support.ts'
import { start, stopPrograms } from '../support/programs.ts'
import { skip } from '../support/skip.ts'
import { waitFor } from '../support/wait_for.ts'
import { runCommand, startCommand } from './support/run_command.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

describe('smem-ts capture', function () {
  this.timeout(1000 * 60)
  let files: TemporaryDirectory

  beforeEach(() => {
    files = new TemporaryDirectory()
  })

  afterEach(async () => {
    files[Symbol.dispose]()
    await stopPrograms()
  })

  for (const name of ['all.tar.gz', 'all.tar']) {
    it(`writes ${name} with every process, for its owner alone`, async () => {
      const program = await start('steady')
      const { code, stdout, stderr } = await runCommand('capture', [files.at(name)])
      assert.deepEqual([code, stdout], [0, ''])
      assert.match(stderr, /^smem-ts: wrote \d+ processes to .*all\.tar/)
      const { processes, problems, takenAt = 0 } = await readCapture(files.at(name), { groups: true })
      const steady = processes.find(({ pid }) => pid === program.pid)
      assert.ok((steady?.usage?.pss ?? 0) > 0)
      assert.ok((steady?.mappings?.length ?? 0) > 0)
      assert.ok(steady?.cgroup !== undefined || readFileSync('/proc/self/cgroup', 'utf8') === '')
      assert.deepEqual(problems, [])
      assert.ok(Math.abs(Date.now() - takenAt) < 1000 * 60)
      assert.equal(statSync(files.at(name)).mode & 0o777, 0o600)
      assert.deepEqual(readdirSync(files.path), [name])
    })
  }

  it('is read by tar, and by smem', async function () {
    const program = await start('steady')
    await runCommand('capture', ['--pid', String(program.pid), files.at('one.tar')])
    const listing = spawnSync('tar', ['-tvf', files.at('one.tar')], { encoding: 'utf8' })
    assert.equal(listing.status, 0, listing.stderr)
    assert.match(listing.stdout, new RegExp(` ${program.pid}/smaps\n`))

    const smem = repairedSmem()
    if (typeof smem === 'string') skip(this, smem)
    const script = files.write('smem.py', smem.text)
    const view = spawnSync('python3', [script, '-S', files.at('one.tar'), '-H', '-c', 'pid uss pss rss'], { encoding: 'utf8' })
    assert.equal(view.status, 0, view.stderr)
    const { processes: [process] } = await readCapture(files.at('one.tar'))
    const figures = [process?.usage?.uss, process?.usage?.pss, process?.usage?.rss].map((bytes) => (bytes ?? NaN) / 1024)
    assert.deepEqual(view.stdout.trim().split(/\s+/).map(Number), [program.pid, ...figures])
  })

  it('takes the processes that are asked for, and says which do not exist', async () => {
    const program = await start('steady')
    const { code, stderr } = await runCommand('capture', ['--pid', `${program.pid},4194303`, files.at('a.tgz')])
    assert.equal(code, 0)
    assert.match(stderr, /wrote 1 process to .*\n.*one of the processes asked for does not exist/)
    assert.deepEqual((await readCapture(files.at('a.tgz'))).processes.map(({ pid }) => pid), [program.pid])
  })

  it('never matches itself', async () => {
    const { code, stderr } = await runCommand('capture', ['--match', 'no-such-name-anywhere', files.at('a.tgz')])
    assert.equal(code, 1)
    assert.match(stderr, /none of the processes asked for exists: no capture was written/)
    assert.deepEqual(readdirSync(files.path), [])
  })

  it('of nothing leaves the file alone that was there', async () => {
    const path = files.write('a.tgz', 'old')
    for (const which of [['--pid', '4194303'], ['--match', 'no-such-name-anywhere']]) {
      const { code, stdout, stderr } = await runCommand('capture', [...which, path])
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /^smem-ts: none of the processes asked for exists: no capture was written\n$/)
    }
    assert.equal(readFileSync(path, 'utf8'), 'old')
    assert.deepEqual(readdirSync(files.path), ['a.tgz'])
  })

  it('of nothing gives a pipe nothing', async () => {
    const { code, stdout } = await runCommand('capture', ['--pid', '4194303', '-'])
    assert.deepEqual([code, stdout], [1, ''])
  })

  it('leaves out the figures of large processes, and says so in its last line', async () => {
    const program = await start('steady')
    const { code, stderr } = await runCommand('capture', ['--pid', String(program.pid), '--max-rss', '4K', files.at('a.tgz')])
    assert.equal(code, 0)
    assert.match(stderr.trimEnd().split('\n').at(-1) ?? '', /1 process with \d+ kB RSS .*ERR_OVER_MAX_RSS.*raise the RSS limit/)
    const { processes: [process] } = await readCapture(files.at('a.tgz'))
    assert.equal(process?.unavailable?.code, 'ERR_OVER_MAX_RSS')
    assert.ok((process?.rss ?? 0) > 0)
  })

  it('replaces a file when it is complete, and keeps its mode; a link stays one', async () => {
    const old = files.write('old.tar', 'old')
    spawnSync('chmod', ['640', old])
    symlinkSync(old, files.at('link.tar'))
    const { code } = await runCommand('capture', ['--pid', String(process.pid), files.at('link.tar')])
    assert.equal(code, 0)
    assert.equal((await readCapture(old)).processes.length, 1)
    assert.equal(statSync(old).mode & 0o777, 0o640)
  })

  for (const [signal, code] of [['SIGHUP', 129], ['SIGINT', 130], ['SIGTERM', 143], ['SIGKILL', null]] as const) {
    it(`leaves what was there when ${signal} ends it, and tells so by its code`, async () => {
      const path = files.write('a.tar.gz', 'old')
      const { child, ended } = startCommand('capture', [path])
      const isAtWork = (): boolean => readdirSync(files.path).length > 1 || readFileSync(path, 'latin1') !== 'old'
      await waitFor(isAtWork, 1000 * 30, 'the unfinished file is there')
      child.kill(signal)
      const result = await ended
      const left = readFileSync(path)
      // The signal may come after all is done; what is there is then whole.
      if (left.toString('latin1') !== 'old') {
        assert.ok(gunzipSync(left).length > 0)
        return
      }
      assert.equal(result.code, code, result.stderr)
      // Nobody but the next capture can clean up behind SIGKILL.
      if (signal === 'SIGKILL') await runCommand('capture', ['--pid', String(process.pid), path])
      else assert.match(result.stderr, /interrupted: .* was not written/)
      assert.deepEqual(readdirSync(files.path), ['a.tar.gz'])
    })
  }

  it('says that the disk is full, or the directory missing', async () => {
    const full = await runCommand('capture', ['--pid', String(process.pid), '/dev/full'])
    assert.equal(full.code, 1)
    assert.match(full.stderr, /cannot write \/dev\/full: ENOSPC \(the disk is full\)/)
    const missing = await runCommand('capture', [files.at('no/such/a.tar')])
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /cannot open .*: ENOENT/)
  })

  it('writes to standard output, and to no file of the name -', () => {
    const command = `"${process.execPath}" --import tsx "${ROOT}test/cli/support/command_runner.ts" capture`
    const { status, stderr } = spawnSync(
      'sh', ['-c', `${command} --pid ${process.pid} - > "$0/a" && (printf x; ${command} --pid ${process.pid} -) > "$0/b"`, files.path],
      { encoding: 'utf8', cwd: ROOT, timeout: 1000 * 50 })
    assert.equal(status, 0, stderr)
    assert.match(stderr, /wrote 1 process to standard output/)
    assert.ok(gunzipSync(readFileSync(files.at('a'))).length > 0)
    // What stood there before stays: it is written to, not replaced.
    const appended = readFileSync(files.at('b'))
    assert.equal(appended.toString('latin1', 0, 1), 'x')
    assert.ok(gunzipSync(appended.subarray(1)).length > 0)
    assert.equal(existsSync(`${ROOT}-`), false)
  })

  it('is nothing for a terminal', async () => {
    const output: Output = {
      write: () => Promise.reject(new Error('written')), note: () => undefined, isTerminal: true, colour: false, columns: 80, rows: 24,
    }
    const invocation = { values: {}, positionals: ['-'], output, env: {} }
    await assert.rejects(capture(invocation), { name: 'UsageError', message: /nothing for a terminal: name a FILE/ })
  })

  it('may go to a pipe, and ends quietly when its reader goes away', () => {
    const command = `"${process.execPath}" --import tsx test/cli/support/command_runner.ts capture`
    const shell = (line: string) => spawnSync('sh', ['-c', line], { encoding: 'utf8', cwd: ROOT, timeout: 1000 * 50 })
    const whole = shell(`${command} --pid ${process.pid} /dev/stdout | gzip -t`)
    assert.equal(whole.status, 0, whole.stderr)
    const cut = shell(`(${command} /dev/stdout; echo "code $?" >&2) | true`)
    assert.equal(cut.stderr, 'code 0\n')
  })

  it('refuses what it does not understand with code 2', async () => {
    const wrong = [[''], ['--pid', ',', 'a'], ['--pid', '', 'a'], ['--pid', 'x', 'a'], ['--match', '(', 'a'], ['--max-rss', 'big', 'a'], ['--mach', 'x', 'a']]
    for (const args of [[], ['a', 'b'], ...wrong]) {
      assert.equal((await runCommand('capture', args)).code, 2, args.join(' '))
    }
    assert.deepEqual(readdirSync(files.path), [])
  })
})

/** The smem of this machine, able to read members of archives under Python 3; or why there is none. */
function repairedSmem(): { text: string } | string {
  const where = spawnSync('sh', ['-c', 'command -v smem'], { encoding: 'utf8' }).stdout.trim()
  if (where === '') return 'smem is not installed'
  const text = readFileSync(where, 'utf8')
    .replace(/return (self\.tar\.extractfile\(f\)\.read\(\))$/m, 'return $1.decode()')
    .replace(/return (self\.tar\.extractfile\(f\)\.readlines\(\))$/m, 'return [l.decode() for l in $1]')
  return text.includes('.decode()') ? { text } : 'this smem is not the one that is known here'
}
