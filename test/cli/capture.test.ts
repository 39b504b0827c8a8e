import { gunzipSync } from 'node:zlib'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCapture } from '../../src/captures/index.ts'
import { TemporaryDirectory } from '../captures/support.ts'
import { start, stopPrograms } from '../support/programs.ts'
import { skip } from '../support/skip.ts'
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
    assert.match(stderr, /wrote 0 processes/)
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

  it('leaves what was there when it is interrupted, and nothing else', async () => {
    const path = files.write('a.tar.gz', 'old')
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
      const { child, ended } = startCommand('capture', [path])
      setTimeout(() => child.kill(signal), 300)
      await ended
      const left = readFileSync(path)
      // The signal may come after all is done; what is there is then whole.
      if (left.toString('latin1') !== 'old') assert.ok(gunzipSync(left).length > 0, signal)
      writeFileSync(path, 'old')
      if (signal !== 'SIGKILL') assert.deepEqual(readdirSync(files.path), ['a.tar.gz'])
    }
  })

  it('says that the disk is full, or the directory missing', async () => {
    const full = await runCommand('capture', ['--pid', String(process.pid), '/dev/full'])
    assert.equal(full.code, 1)
    assert.match(full.stderr, /cannot write \/dev\/full: ENOSPC \(the disk is full\)/)
    const missing = await runCommand('capture', [files.at('no/such/a.tar')])
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /cannot open .*: ENOENT/)
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
    const wrong = [['--pid', 'x', 'a'], ['--match', '(', 'a'], ['--max-rss', 'big', 'a'], ['--mach', 'x', 'a']]
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
