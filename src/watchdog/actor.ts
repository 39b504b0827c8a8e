import type { RollOutcome, WorkerPool } from '../pool/index.ts'
import type { Decision, Effect } from './decision.ts'
import type { Resolution } from './decider.ts'
import { BEFORE_AGE_MS, BEFORE_REFORK_AGE_MS, measure } from './measure.ts'
import type { MonitorContext, WorkerSample } from './monitor.ts'
import type { WatchdogSettings } from './options.ts'
import { isForMemory } from './purpose.ts'
import type { ReforkTrigger } from './refork_trigger.ts'
import type { Restraint } from './restraint.ts'
import { effectSentence, remainsClause } from './sentences.ts'
import { messageOf } from '../errors.ts'
import { Verification, type Measured, type MinFreed, type Trial } from './verification.ts'

export interface ActorParts {
  readonly pool: WorkerPool
  readonly settings: WatchdogSettings
  readonly restraint: Restraint
  readonly trigger: ReforkTrigger | undefined
  readonly clock: () => number
  readonly tellEffect: (effect: Effect) => void
  readonly warn: (text: string) => void
}

/** Asked of actions that are not for memory. */
const NOTHING: MinFreed = { share: undefined, bytes: -Infinity }

/** Carries decisions out, and has their effects measured. */
export class Actor {
  readonly verification = new Verification()
  readonly #parts: ActorParts

  constructor(parts: ActorParts) {
    this.#parts = parts
  }

  /** Resolves when the action has ended; undefined when it could not be begun or was broken off by an error. Never rejects. */
  async act({ decision, worker, context }: Resolution): Promise<RollOutcome | undefined> {
    const { restraint, trigger, clock } = this.#parts
    const trial = this.verification.begin(this.#trial(decision, worker === undefined ? context.workers : [worker], context))
    if (decision.action === 'refork') trigger?.began(context)
    restraint.begin(clock())
    try {
      const outcome = await this.#begin(decision)
      if (outcome.replaced.length > 0) trial.end(outcome, clock())
      else trial.drop()
      if (outcome.status === 'failed') this.#failed(decision, outcome)
      return outcome
    } catch (error) {
      trial.drop()
      this.#parts.warn(`${nameOf(decision)} was not possible: ${messageOf(error)}`)
      return undefined
    } finally {
      restraint.end(decision.worker?.slot, clock())
      if (decision.action === 'refork') trigger?.ended(clock())
    }
  }

  /** After the readings of a tick: what can be told of earlier actions. */
  settle(context: MonitorContext): void {
    for (const measured of this.verification.settle(context)) this.#tell(measured)
  }

  #trial(decision: Decision, workers: readonly WorkerSample[], context: MonitorContext): Trial {
    const { settings, pool } = this.#parts
    const isRefork = decision.action === 'refork'
    const slots = new Set(workers.map(({ worker }) => worker.slot))
    const asked = (isRefork ? settings.refork?.minFreed : undefined) ?? settings.minFreed
    return {
      decision,
      before: measure(context, slots, isRefork ? BEFORE_REFORK_AGE_MS : BEFORE_AGE_MS),
      minFreed: isForMemory(decision) ? asked : NOTHING,
      isForMemory: isForMemory(decision),
      mayReturn: !pool.replaces,
      settleMs: isRefork ? Math.max(settings.settleMs, settings.warmUpMs) : settings.settleMs,
      slots,
      oldIds: new Set(workers.map(({ worker }) => worker.id)),
    }
  }

  async #begin({ action, worker }: Decision): Promise<RollOutcome> {
    return action === 'refork' || worker === null ? this.#parts.pool.roll() : this.#parts.pool.recycle(worker.id)
  }

  #failed(decision: Decision, outcome: RollOutcome): void {
    const { restraint, clock, warn, pool } = this.#parts
    const consequence = restraint.failed(clock())
    const why = outcome.failure ?? 'no reason was given'
    warn(`${nameOf(decision)} failed: ${why}; ${remainsClause(outcome, pool)}, and ${consequence}`)
  }

  #tell({ effect, minFreed, standing }: Measured): void {
    const isSoFar = standing === 'so_far'
    const consequence = isSoFar ? '' : this.#consequence(effect)
    if (standing === 'confirmed') return
    const summary = effectSentence(effect, { minFreed, replaces: this.#parts.pool.replaces, consequence, isSoFar })
    this.#parts.tellEffect({ ...effect, summary })
  }

  #consequence(effect: Omit<Effect, 'summary'>): string {
    const { restraint, trigger, clock } = this.#parts
    const { action, reason, worker } = effect.decision
    if (action === 'refork' && trigger !== undefined) return trigger.measured(effect, clock())
    if (effect.freed === undefined || !isForMemory(effect.decision)) return ''
    if (!effect.effective) return restraint.wasInVain(worker?.slot, reason, clock())
    restraint.succeeded(worker?.slot, reason)
    return ''
  }
}

function nameOf({ number, action, worker }: Decision): string {
  const whom = worker === null ? 'all workers' : `worker ${worker.id} (slot ${worker.slot}, pid ${worker.pid})`
  return `decision ${number}, to ${action} ${whom},`
}
