import assert from 'node:assert/strict'
import type { Refork } from '../../../src/mold.ts'
import { MoldPrimary, type MoldPrimaryOptions } from '../../support/mold_primary.ts'

/** Where a refork can be held: the worker that is to be the mold drains and closes, its hooks run, its first copy is tried, the others start. */
export const REFORK_STEPS = ['drain', 'close', 'beforePromote', 'afterPromote', 'check', 'start-next'] as const

export type ReforkStep = (typeof REFORK_STEPS)[number]

/** `stepper`: whoever is at the step. */
export type Victim = 'mold' | 'worker' | 'stepper' | 'supervisor'

/** Nothing is tried later than a test should take. */
export const QUICK: MoldPrimaryOptions = {
  workers: 3, startBackoff: 1, maxStartBackoff: 50, restarts: { max: 1000 }, maxStartFailures: 2,
  forkTimeout: '3s', promoteTimeout: '3s', canaryTimeout: '3s', drainTimeout: '3s', termTimeout: '500ms', startTimeout: '4s',
}

/** How long a supervisor is stopped. */
const STOPPED_MS = 300

/**
 * Holds a refork at a step, sends the victim a signal, lets the refork go on, and checks that the pool comes back to all workers
 * serving, of one generation, and no other process.
 */
export async function strike(primary: MoldPrimary, step: ReforkStep, victim: Victim, signal: 'SIGKILL' | 'SIGSTOP'): Promise<Refork | undefined> {
  const [name, workers, mold] = [nameOf(step, primary), await primary.workers(), await primary.mold()]
  primary.break(`wait-${name}`)
  const reforking = reforkWhenAllowed(primary)
  reforking.catch(() => undefined) // of one whose supervisor is killed
  const stepper = await primary.waiting(name)
  const worker = (await primary.workers()).find(({ pid, id }) => pid !== stepper && workers.some((other) => other.id === id))
  const pid = { mold, worker: worker?.pid, stepper, supervisor: primary.pid }[victim]
  primary.children()
  process.kill(pid ?? assert.fail(`there is no ${victim}`), signal)
  if (victim === 'supervisor' && signal === 'SIGSTOP') await new Promise((resolve) => setTimeout(resolve, STOPPED_MS))
  primary.mend(`wait-${name}`)
  if (victim === 'supervisor' && signal === 'SIGSTOP') process.kill(primary.pid, 'SIGCONT')
  if (victim === 'supervisor' && signal === 'SIGKILL') {
    await primary.isGone()
    return undefined
  }
  const result = await reforking
  await primary.isWhole(workers.length)
  assert.match(await primary.get(), /^\d+$/)
  return result
}

/** The one before may have failed. */
export async function reforkWhenAllowed(primary: MoldPrimary): Promise<Refork> {
  for (;;) {
    const refork = await primary.refork()
    if (!/the next is allowed in/.test(refork.failure ?? '')) return refork
  }
}

/** Workers of the next generation have a step of their own. */
function nameOf(step: ReforkStep, primary: MoldPrimary): string {
  const opened = primary.events.filter(({ name }) => name === 'rollStarted').length
  return step === 'start-next' ? `start-gen${opened + 1}` : step
}
