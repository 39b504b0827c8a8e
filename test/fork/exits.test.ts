import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { watchExit, type ProcessExit } from '../../src/fork/index.ts'
import { openProcess } from '../../src/smaps/index.ts'
import { isNative } from '../support/backends.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { gonePid } from '../support/programs.ts'
import { runScript } from '../support/run_script.ts'
import { skip } from '../support/skip.ts'
import { waitFor, within } from '../support/wait_for.ts'
import { needsForks, runProgram } from './support/run_program.ts'

const DEADLINE_MS = 1000 * 20

describe('watchExit', () => {
  before(function () {
    if (!isNative()) skip(this, 'waiting for processes needs the addon')
  })

  it('tells how a forked child has ended, and reaps it', async function () {
    needsForks(this)
    assert.deepEqual(await runProgram('fork_exits'), {
      exited: { code: 7 }, killed: { signal: 'SIGKILL' }, zombies: 0, descriptors: 0, closed: 'nothing was told',
    })
  })

  it("tells that another process's child has ended, but not how", async () => {
    const before = countDescriptors()
    const pid = startOrphan()
    const exit = new Promise<ProcessExit>((resolve) => watchExit(pid, startTimeOf(pid), resolve))
    process.kill(pid, 'SIGKILL')
    assert.deepEqual(await within(exit, DEADLINE_MS, 'the end is told'), { code: undefined, signal: undefined })
    await waitFor(() => countDescriptors() === before, DEADLINE_MS, 'its descriptor is closed')
  })

  it('never means another process that has got the pid', async () => {
    assert.throws(() => watchExit(process.pid, startTimeOf(process.pid) + 10, () => undefined), { code: 'ESRCH' })
    const pid = await gonePid()
    assert.throws(() => watchExit(pid, 0, () => undefined), { code: 'ESRCH', pid })
  })

  it('keeps no process alive', async () => {
    const { code, stderr } = await runScript(`
      import { watchExit } from './src/fork/index.ts'
      import { openProcess } from './src/smaps/index.ts'
      watchExit(process.ppid, openProcess(process.ppid).startTime, () => undefined)
    `)
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('refuses wrong arguments', () => {
    assert.throws(() => watchExit(-1, 0, () => undefined), TypeError)
    assert.throws(() => watchExit(1, NaN, () => undefined), /"startTime" must be a number of milliseconds, got NaN/)
    assert.throws(() => watchExit(1, 0, undefined as never), /"onExit" must be a function/)
  })
})

function startTimeOf(pid: number): number {
  using handle = openProcess(pid)
  return handle.startTime
}

/** A process whose parent is none of ours. */
function startOrphan(): number {
  return Number(execFileSync('sh', ['-c', 'sleep 60 > /dev/null 2>&1 & echo $!'], { encoding: 'utf8' }))
}
