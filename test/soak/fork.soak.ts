import assert from 'node:assert/strict'
import { needsForks, runProgram } from '../fork/support/run_program.ts'

const FORKS = Number(process.env['SMEM_TS_SOAK_FORKS'] ?? 1000)
const GENERATIONS = Number(process.env['SMEM_TS_SOAK_GENERATIONS'] ?? 50)
/** Forks in one process: its heap grows and shrinks, and a new one begins anew. */
const FORKS_A_RUN = 250
const RUN_MS = 1000 * 60 * 10

describe(`forks of Node ${process.version}`, function () {
  this.timeout(RUN_MS * 5)

  before(function () {
    needsForks(this)
  })

  it(`work ${FORKS} times while the parent churns: no child hangs, crashes or fails`, async () => {
    const tally: Record<string, number> = {}
    for (let left = FORKS; left > 0; left -= FORKS_A_RUN) {
      const run = await runProgram<{ tally: Record<string, number> }>(
        'fork_many', [String(Math.min(left, FORKS_A_RUN))], { deadlineMs: RUN_MS },
      )
      for (const [code, count] of Object.entries(run.tally)) tally[code] = (tally[code] ?? 0) + count
    }
    assert.deepEqual(tally, { 42: FORKS })
  })

  it(`work ${GENERATIONS} generations in a row`, async () => {
    const { code, first, last } = await runProgram<{ code: string, first: { threads: number }, last: { threads: number } }>(
      'fork_chain', [String(GENERATIONS)], { deadlineMs: RUN_MS },
    )
    assert.deepEqual([code, last.threads], ['42', first.threads - 1])
  })
})
