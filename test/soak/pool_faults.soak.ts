/** Every process that a refork has to do with is killed and stopped at every step of it. */
import { MoldPrimary, stopMoldPrimaries } from '../support/mold_primary.ts'
import { needsForks } from '../fork/support/run_program.ts'
import { QUICK, REFORK_STEPS, strike } from '../mold/support/refork_faults.ts'

const ROUNDS = 3

describe(`a pool of copies whose processes are killed and stopped, on Node ${process.version}`, function () {
  this.timeout(1000 * 60 * 15)
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  for (const victim of ['mold', 'worker', 'stepper'] as const) {
    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      it(`comes back after ${signal} to the ${victim} at each step, ${ROUNDS} times`, async () => {
        const primary = await MoldPrimary.start(QUICK)
        for (let round = 0; round < ROUNDS; round++) {
          for (const step of REFORK_STEPS) await strike(primary, step, victim, signal)
        }
        await primary.close()
        await primary.isGone()
      })
    }
  }

  for (const step of REFORK_STEPS) {
    it(`goes on when its supervisor was stopped at ${step}, and ends when it is killed there`, async () => {
      const primary = await MoldPrimary.start(QUICK)
      await strike(primary, step, 'supervisor', 'SIGSTOP')
      await strike(primary, step, 'supervisor', 'SIGKILL')
    })
  }
})
