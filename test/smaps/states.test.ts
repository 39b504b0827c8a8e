import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { openProcess, readMappings, readSmaps, readSmapsInto, Field } from '../../src/index.ts'
import { NO_ADDRESS_SPACE } from '../../src/errors.ts'
import * as promises from '../../src/promises.ts'
import { gonePid, start, statFields, stopPrograms, type Started } from '../support/programs.ts'
import { skip } from '../support/skip.ts'

const ESRCH = 3
const PF_KTHREAD = 0x00200000

describe('a process that is gone', () => {
  let pid: number
  before(async () => (pid = await gonePid()))
  after(stopPrograms)

  for (const source of ['rollup', 'smaps'] as const) {
    it(`is ESRCH with all that Node's own errors have (${source})`, () => {
      assert.throws(() => readSmaps(pid, { source }), {
        name: 'SmemError', code: 'ESRCH', errno: -ESRCH, syscall: 'open', path: `/proc/${pid}`, pid,
        message: `cannot read /proc/${pid}: ESRCH ` +
          '(no such process: it has ended, or is hidden from this user (hidepid))',
      })
    })
  }

  it('is ESRCH for every other call', async () => {
    const expected = { name: 'SmemError', code: 'ESRCH', errno: -ESRCH, pid, path: `/proc/${pid}` }
    assert.throws(() => readMappings(pid), expected)
    assert.throws(() => openProcess(pid), expected)
    await assert.rejects(promises.readSmaps(pid), expected)
    await assert.rejects(promises.readMappings(pid), expected)
  })

  it('leaves the array of readSmapsInto alone', () => {
    const target = new Float64Array(Field.length).fill(-7)
    assert.equal(readSmapsInto(target, pid), ESRCH)
    assert.ok(target.every((value) => value === -7))
  })
})

describe('a zombie', () => {
  let pid: number
  before(async () => (pid = Number((await start('zombie')).lines[0])))
  after(stopPrograms)

  const reason = 'a zombie: it has ended and its parent has not reaped it'

  for (const source of ['rollup', 'smaps'] as const) {
    it(`has no address space (${source})`, async () => {
      const expected = {
        name: 'SmemError', code: 'ERR_NO_ADDRESS_SPACE', pid,
        message: `process ${pid} has no address space (${reason})`,
        path: `/proc/${pid}/${source === 'rollup' ? 'smaps_rollup' : 'smaps'}`,
      }
      assert.throws(() => readSmaps(pid, { source }), expected)
      await assert.rejects(promises.readSmaps(pid, { source }), expected)
      assert.equal(readSmapsInto(new Float64Array(Field.length), pid, source), NO_ADDRESS_SPACE)
    })
  }

  it('has no mappings, rather than an empty list of them', async () => {
    assert.throws(() => readMappings(pid), { code: 'ERR_NO_ADDRESS_SPACE' })
    await assert.rejects(promises.readMappings(pid), { code: 'ERR_NO_ADDRESS_SPACE' })
  })

  it('can be opened, and is not alive', () => {
    using handle = openProcess(pid)
    assert.equal(handle.alive, false)
    assert.throws(() => handle.read(), { code: 'ERR_NO_ADDRESS_SPACE' })
    assert.throws(() => handle.rss(), { code: 'ERR_NO_ADDRESS_SPACE' })
  })
})

describe('a kernel thread', () => {
  it('has no address space', function () {
    const pid = kernelThread() ?? skip(this, 'no kernel thread is visible here (a pid namespace, or hidepid)')
    for (const source of ['rollup', 'smaps'] as const) {
      assert.throws(() => readSmaps(pid, { source }), (error) => {
        // Without privileges another user's process is refused before it turns out to be a kernel thread.
        if ((error as NodeJS.ErrnoException).code === 'EACCES') return process.geteuid?.() !== 0
        assert.equal((error as Error).message, `process ${pid} has no address space (a kernel thread)`)
        return (error as NodeJS.ErrnoException).code === 'ERR_NO_ADDRESS_SPACE'
      })
    }
  })
})

describe('a process that ends while a handle holds it', () => {
  let program: Started
  beforeEach(async () => (program = await start('steady')))
  afterEach(stopPrograms)

  it('is ESRCH for the handle once it is reaped', async () => {
    using handle = openProcess(program.pid)
    assert.ok(handle.rss() > 0)
    await program.stop()
    assert.equal(handle.alive, false)
    assert.throws(() => handle.read(), { code: 'ESRCH', pid: program.pid })
    assert.throws(() => handle.read('smaps'), { code: 'ESRCH' })
    assert.throws(() => handle.rss(), { code: 'ESRCH' })
    assert.equal(handle.readInto(new Float64Array(Field.length)), ESRCH)
  })

  it('is ESRCH for a handle that never read it', async () => {
    using handle = openProcess(program.pid)
    await program.stop()
    assert.throws(() => handle.rss(), { code: 'ESRCH' })
    assert.throws(() => handle.read(), { code: 'ESRCH' })
  })
})

function kernelThread(): number | undefined {
  const pids = readdirSync('/proc').map(Number).filter((pid) => pid > 0)
  return pids.find((pid) => (Number(statFields(pid)?.[6]) & PF_KTHREAD) !== 0)
}
