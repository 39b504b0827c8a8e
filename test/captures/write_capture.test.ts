import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { AtomicFile, readCapture, writeCapture } from '../../src/captures/index.ts'
import { skip } from '../support/skip.ts'
import { smapsOf, STAT, TemporaryDirectory } from './support.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

describe('writing a capture', () => {
  let files: TemporaryDirectory

  beforeEach(() => {
    files = new TemporaryDirectory()
    for (const pid of [1, 2]) mkdirSync(files.at(`proc/${pid}`), { recursive: true })
    files.write('proc/1/stat', STAT)
    files.write('proc/1/smaps', smapsOf(4))
  })

  afterEach(() => files[Symbol.dispose]())

  const options = () => ({ procRoot: files.at('proc') })

  it('leaves out a process that is gone', async () => {
    const { processCount, unread } = await writeCapture(files.at('a.tar'), options())
    assert.deepEqual([processCount, unread], [1, []])
  })

  it('keeps a process of a kernel that has no smaps, with the reason', async () => {
    files.write('proc/2/stat', STAT)
    const { processCount, unread } = await writeCapture(files.at('a.tar'), options())
    assert.deepEqual([processCount, unread.map(({ pid, unavailable }) => [pid, unavailable.code])], [2, [[2, 'ERR_NO_SMAPS']]])
    const { processes: [, process] } = await readCapture(files.at('a.tar'))
    assert.equal(process?.unavailable?.code, 'ERR_NO_SMAPS')
    assert.match(process?.unavailable?.reason ?? '', /neither smaps nor smaps_rollup/)
  })

  it('keeps a process whose files are hidden, with the reason', async function () {
    if (process.geteuid?.() === 0) skip(this, 'root reads everything')
    files.write('proc/2/stat', STAT)
    for (const name of ['proc/2/stat', 'proc/2']) {
      chmodSync(files.at(name), 0)
      const { processCount, unread } = await writeCapture(files.at('a.tar'), options())
      chmodSync(files.at(name), 0o700)
      assert.deepEqual([processCount, unread.map(({ pid, unavailable }) => [pid, unavailable.code])], [2, [[2, 'EACCES']]])
      const { processes: [, hidden] } = await readCapture(files.at('a.tar'))
      assert.deepEqual([hidden?.pid, hidden?.uid, hidden?.unavailable?.code], [2, process.geteuid?.(), 'EACCES'])
    }
  })

  it('of nothing that could be read leaves the old file, and says why', async () => {
    files.write('proc/2/stat', STAT)
    mkdirSync(files.at('proc/2/smaps'))
    const old = files.write('a.tar', 'old')
    const only = (pid: number) => ({ ...options(), filter: (process: { pid: number }) => process.pid === pid })
    await assert.rejects(writeCapture(old, only(2)), { code: 'EISDIR', pid: 2, message: /^cannot read process 2: EISDIR .*no capture was/ })
    await assert.rejects(writeCapture(old, only(3)), { code: 'ESRCH', message: /^none of the processes asked for exists/ })
    assert.equal(readFileSync(old, 'utf8'), 'old')
    assert.deepEqual(readdirSync(files.path), ['a.tar', 'proc'])
  })

  it('hands the bytes of the archive to whoever takes them, one piece after the other', async () => {
    const pieces: Uint8Array[] = []
    let isBusy = false
    const { size } = await writeCapture(async (bytes) => {
      assert.equal(isBusy, false)
      isBusy = true
      await nextTurn()
      isBusy = false
      pieces.push(bytes)
    }, options())
    assert.equal(Buffer.concat(pieces).length, size)
    assert.equal((await readCapture(files.write('a.tgz', Buffer.concat(pieces)))).processes.length, 1)
    await assert.rejects(writeCapture(() => Promise.reject(new Error('no room')), options()), { message: 'no room' })
  })

  it('says of a read that failed what the system said', async () => {
    files.write('proc/2/stat', STAT)
    mkdirSync(files.at('proc/2/smaps'))
    const { unread: [unread] } = await writeCapture(files.at('a.tar'), options())
    assert.equal(unread?.unavailable.code, 'EISDIR')
    assert.doesNotMatch(unread?.unavailable.reason ?? '', /owned by/)
  })

  it('ends when there is no file descriptor left, and leaves nothing behind', function () {
    this.timeout(1000 * 60)
    const script = `
      import { closeSync, openSync } from 'node:fs'
      import { setTimeout } from 'node:timers/promises'
      import { writeCapture } from './src/captures/index.ts'
      const taken = []
      // Again and again: what has loaded the modules may still give descriptors back.
      for (let round = 0; round < 10; round++) {
        try { for (;;) taken.push(openSync('/dev/null')) } catch {}
        await setTimeout(50)
      }
      // For the archive, and for the directory of a process.
      for (const file of taken.splice(-2)) closeSync(file)
      const outcome = await writeCapture(${JSON.stringify(files.at('a.tar'))}).then(() => ({}), (error) => error)
      for (const file of taken) closeSync(file)
      console.log(JSON.stringify({ code: outcome.code, message: outcome.message }))
    `
    const limited = ['-c', 'ulimit -n 256 && exec "$0" "$@"', process.execPath]
    const node = ['--import', 'tsx', '--input-type=module', '--eval', script]
    const { stdout, stderr } = spawnSync('sh', [...limited, ...node], { cwd: ROOT, encoding: 'utf8', timeout: 1000 * 50 })
    assert.match(stdout, /^\{/, stderr)
    const { code, message } = JSON.parse(stdout) as { code?: string, message: string }
    assert.equal(code, 'EMFILE')
    assert.match(message, /^cannot read \/proc\/\d+\/stat: EMFILE/)
    assert.deepEqual(readdirSync(files.path), ['proc'])
  })

  it('names the system call that failed', async () => {
    await assert.rejects(
      writeCapture(files.at('a.tar'), { procRoot: files.at('none') }), { name: 'SmemError', code: 'ENOENT', syscall: 'scandir' })
    assert.throws(() => new AtomicFile('a'.repeat(5000)), { name: 'SmemError', code: 'ENAMETOOLONG', syscall: 'stat' })
    await assert.rejects(readCapture('a'.repeat(5000)), { name: 'SmemError', code: 'ENAMETOOLONG', syscall: 'stat' })
    assert.deepEqual(readdirSync(files.path), ['proc'])
  })
})
