import assert from 'node:assert/strict'
import { once } from 'node:events'
import { openProcess } from '../../src/smaps/index.ts'
import { bothBackends } from '../support/backends.ts'
import { start, stateOf, stopPrograms } from '../support/programs.ts'
import { evaluate } from '../support/run_script.ts'
import { waitFor } from '../support/wait_for.ts'

const DEADLINE_MS = 1000 * 20
const EPERM = 1
const ESRCH = 3
const SIGTERM = 15

describe('a signal to a process that is held', () => {
  afterEach(stopPrograms)

  it('reaches it', async () => {
    const { pid, child } = await start('steady')
    using handle = openProcess(pid)
    handle.signal('SIGSTOP')
    await waitFor(() => stateOf(pid) === 'T', DEADLINE_MS, 'it stops')
    const exit = once(child, 'exit')
    handle.signal('SIGKILL')
    assert.deepEqual(await exit, [null, 'SIGKILL'])
  })

  it('that is gone is an error', async () => {
    const program = await start('steady')
    using handle = openProcess(program.pid)
    await program.stop()
    assert.throws(() => handle.signal('SIGTERM'), {
      name: 'SmemError', code: 'ESRCH', errno: -3, syscall: 'kill', pid: program.pid,
      message: `cannot send SIGTERM to process ${program.pid}: ESRCH (it is gone)`,
    })
    handle.close()
    assert.throws(() => handle.signal('SIGTERM'), { code: 'ERR_HANDLE_CLOSED' })
  })

  it('that nobody knows is refused', () => {
    using handle = openProcess(process.pid)
    assert.throws(() => handle.signal('SIGTREM' as never), {
      name: 'TypeError', message: '"name" must be the name of a signal such as \'SIGTERM\', got \'SIGTREM\'',
    })
    assert.throws(() => handle.signal('toString' as never), TypeError)
  })

  it('never reaches another process that has the pid, by either backend', async () => {
    const { pid, child } = await start('steady')
    for (const backend of bothBackends()) {
      const opened = backend.openProcess('/proc', pid)
      assert.ok(typeof opened !== 'number')
      assert.equal(backend.signal(pid, opened.startTicks + 1, SIGTERM), ESRCH, backend.name)
      assert.equal(backend.signal(pid, opened.startTicks, 0), 0, backend.name)
      opened.close()
    }
    assert.deepEqual([child.exitCode, child.signalCode], [null, null])
  })

  it('to a process of another user is refused, by either backend', async () => {
    const isRoot = process.getuid?.() === 0
    const pid = isRoot ? (await start('steady')).pid : 1 // which is root's
    const answers = await evaluate<number[]>(`
      import { bothBackends } from './test/support/backends.ts'
      const backends = bothBackends()
      const opened = backends.map((backend) => backend.openProcess('/proc', ${pid}))
      if (process.getuid() === 0) {
        process.setgroups([])
        process.setuid(65534)
      }
      report(backends.map((backend, i) => backend.signal(${pid}, opened[i].startTicks ?? 0, 0)))
    `)
    assert.deepEqual(answers, [EPERM, EPERM])
  })
})
