/** What is left when the supervisor has gone without a word, and cannot hear of it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { needsForks } from '../fork/support/run_program.ts'
import { isNative } from '../support/backends.ts'
import { MoldPrimary, stopMoldPrimaries, type MoldPrimaryOptions } from '../support/mold_primary.ts'
import { statFields } from '../support/programs.ts'
import { skip } from '../support/skip.ts'
import { waitFor, within } from '../support/wait_for.ts'

const DEADLINE_MS = 1000 * 30
/** Hundredths of a second of CPU time. */
const BUSY_TICKS = 50

describe('a process of a pool in an endless loop', () => {
  before(function () {
    if (!isNative()) skip(this, 'the alarm of orphans needs the addon')
  })
  afterEach(stopMoldPrimaries)

  it('is ended when the supervisor has been dead for longer than work may take: a copy', async function () {
    needsForks(this)
    await isEnded({ mode: 'cow' })
  })

  it('is ended when the supervisor has been dead for longer than work may take: one that was started', async () => {
    await isEnded({ mode: 'spawn' })
  })

  async function isEnded(options: MoldPrimaryOptions): Promise<void> {
    const primary = await MoldPrimary.start({ ...options, workers: 2, drainTimeout: '500ms' })
    const pids = (await primary.workers()).map(({ pid }) => pid)
    const idle = Math.max(...pids.map(cpuTicks))
    const request = http.get({ port: primary.port, host: '127.0.0.1', path: '/spin' })
    request.on('error', () => undefined)
    await waitFor(() => pids.some((pid) => cpuTicks(pid) > idle + BUSY_TICKS), DEADLINE_MS, 'a worker is busy')
    assert.ok(primary.children().size >= pids.length, 'its processes are known from now on')
    const exit = once(primary.child, 'exit')
    primary.child.kill('SIGKILL')
    assert.deepEqual(await within(exit, DEADLINE_MS, 'the supervisor ends'), [null, 'SIGKILL'])
    await primary.isGone()
  }
})

function cpuTicks(pid: number): number {
  return Number(statFields(pid)?.[11] ?? 0)
}
