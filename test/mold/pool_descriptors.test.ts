/** A supervisor that may open no more files for a while. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { MoldPrimary, stopMoldPrimaries, type MoldPrimaryOptions } from '../support/mold_primary.ts'
import { skip } from '../support/skip.ts'
import { waitFor } from '../support/wait_for.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 30
const QUICK: MoldPrimaryOptions = {
  startBackoff: 1, maxStartBackoff: 50, restarts: { max: 1000 }, maxStartFailures: 2, forkTimeout: '5s', startTimeout: '5s',
}

describe('a pool of copies whose supervisor has no descriptor left', () => {
  before(function () {
    needsForks(this)
    if (limit(process.pid, '') !== 0) skip(this, 'there is no prlimit')
  })
  afterEach(stopMoldPrimaries)

  // The connection of a child, /proc/PID/stat of it, and what watches for its end take one each.
  for (const left of [0, 1, 2]) {
    it(`goes on when it has ${left}, says so, and is whole when it has some again`, async () => {
      const primary = await MoldPrimary.start(QUICK)
      await primary.isWhole()
      primary.break('wait-beforeFork')
      const [worker] = await primary.workers()
      process.kill(worker?.pid ?? 0, 'SIGKILL')
      await primary.waiting('beforeFork')
      assert.equal(limit(primary.pid, `${limitFor(primary.pid, left)}:`), 0)
      primary.mend('wait-beforeFork')
      await waitFor(() => primary.warnings().length + primary.count('ready') > 0, DEADLINE_MS, 'it has been tried')
      assert.equal(limit(primary.pid, '1024:'), 0)
      await primary.isWhole()
      assert.match(await primary.get(), /^\d+$/)
      assert.equal(primary.child.exitCode, null)
    })
  }
})

/** The limit is on numbers: so many that are free are below it. */
function limitFor(pid: number, left: number): number {
  const taken = new Set(readdirSync(`/proc/${pid}/fd`).map(Number))
  for (let number = 0, free = 0; ; number++) {
    if (taken.has(number)) continue
    if (free === left) return number
    free++
  }
}

/** Of open files: `soft:` sets the soft one, nothing shows both. */
function limit(pid: number, value: string): number | null {
  return spawnSync('prlimit', [`--pid=${pid}`, `--nofile${value === '' ? '' : `=${value}`}`]).status
}
