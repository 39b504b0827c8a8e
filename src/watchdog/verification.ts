import type { Replacement, RollOutcome } from '../pool/index.ts'
import type { Decision, Effect } from './decision.ts'
import { LateArrivals } from './late_arrivals.ts'
import { isSettled, measure, outdated, USS_TICKS, type Measurement } from './measure.ts'
import type { MonitorContext, WorkerSample } from './monitor.ts'

/** An action whose effect is to be measured. */
export interface Trial {
  readonly decision: Decision
  readonly before: Measurement
  readonly minFreed: MinFreed
  /** How long a replacement serves, and how long the pool is left to itself after the end, before they are measured. */
  readonly settleMs: number
  /** The slots and the workers of before. */
  readonly slots: ReadonlySet<number>
  readonly oldIds: ReadonlySet<number>
  /** Freed memory was the purpose. */
  readonly isForMemory: boolean
  /** Somebody else may yet start in its place what was ended: the pool itself does not. */
  readonly mayReturn: boolean
}

/** What an action has to free: bytes, or a share of the USS of what was replaced. */
export interface MinFreed {
  readonly share: number | undefined
  readonly bytes: number | undefined
}

/** What was measured, and how much had to be freed. Bytes. */
export interface Measured {
  readonly effect: Omit<Effect, 'summary'>
  readonly minFreed: number
  /** `so_far`: the place is empty and may yet be filled. `confirmed`: it was told before, and holds. */
  readonly standing: 'so_far' | 'confirmed' | 'final'
}

interface Running {
  readonly trial: Trial
  /** First USS of the replacements once they have settled, by slot. */
  readonly ussAfter: Map<number, number>
  end: { readonly outcome: RollOutcome; readonly at: number; readonly dueAt: number } | undefined
  /** Since the end was due. */
  ticks: number
}

/** Ticks in which the sum of PSS may wait for the time budget. */
const PSS_TICKS = 3
/** So long at most after an action its slots wait to be measured before they are acted upon again. */
const MAX_WAIT_MS = 1000 * 60 * 10

/**
 * Compares before with after. A replacement is measured once it has settled, though the worker before it may still drain: one that
 * leaks would be as large as that again in the end. The pool is measured after the end.
 */
export class Verification {
  #running: Running[] = []
  readonly #late = new LateArrivals()

  /** An action begins. To be told of its end, or that it came to nothing. */
  begin(trial: Trial): { end(outcome: RollOutcome, now: number): void; drop(): void } {
    const running: Running = { trial, ussAfter: new Map(), end: undefined, ticks: 0 }
    this.#running.push(running)
    return {
      end: (outcome, now) => {
        running.end = { outcome, at: now, dueAt: now + trial.settleMs }
      },
      drop: () => {
        this.#running = this.#running.filter((other) => other !== running)
      },
    }
  }

  /** Whether the last action for memory on this slot, or with undefined on the whole pool, still is to be measured. */
  isOpen(slot: number | undefined, now: number): boolean {
    const isRunning = this.#running.some(({ trial: { decision, isForMemory, slots }, end }) => {
      const isMeant = slot === undefined ? decision.worker === null : slots.has(slot)
      return isForMemory && isMeant && now - (end?.at ?? now) < MAX_WAIT_MS
    })
    return isRunning || (slot !== undefined && this.#late.isOpen(slot))
  }

  /** Whose rollups are needed in this tick: those of the replacements, then those of all others. */
  wants(context: MonitorContext): { replacements: number[]; others: (number | 'primary')[] } {
    const replacements = this.#running.flatMap((running) => {
      const unread = unmeasured(running, context).filter((sample) => !isSettled(sample, running.trial.settleMs))
      return unread.map(({ worker }) => worker.id)
    })
    const others = this.#running.flatMap(({ end }) => {
      return end === undefined || context.now < end.dueAt ? [] : outdated(context, context.now - end.dueAt)
    })
    return { replacements: [...replacements, ...this.#late.wants(context)], others }
  }

  /** Those that can be told now; to be called after the readings. */
  settle(context: MonitorContext): Measured[] {
    const measured = this.#late.settle(context)
    this.#running = this.#running.filter((running) => {
      for (const sample of unmeasured(running, context)) {
        const uss = sample.usage?.uss
        if (uss !== undefined && isSettled(sample, running.trial.settleMs)) running.ussAfter.set(sample.worker.slot, uss)
      }
      const result = conclude(running, context)
      if (result !== undefined) {
        measured.push(result)
        if (result.standing === 'so_far') this.#late.expect(running.trial, result, context.now)
      }
      return result === undefined
    })
    return measured
  }
}

/** Replacements that have settled and were not measured yet. */
function unmeasured({ trial, ussAfter }: Running, { workers }: MonitorContext): readonly WorkerSample[] {
  return workers.filter(({ worker: { id, slot }, servingMs }) => {
    const isReplacement = trial.before.uss.has(slot) && !trial.oldIds.has(id)
    return isReplacement && !ussAfter.has(slot) && servingMs >= trial.settleMs
  })
}

function conclude(running: Running, context: MonitorContext): Measured | undefined {
  const { trial, ussAfter, end } = running
  if (end === undefined || context.now < end.dueAt) return undefined
  if (unsettled(running, context) && context.now < end.dueAt + trial.settleMs) return undefined
  running.ticks++
  const after = measure(context, new Set(), context.now - end.dueAt)
  const isEmpty = (replacement: Replacement): boolean => isLeftEmpty(replacement, running, context)
  const hasUss = end.outcome.replaced.every((replacement) => {
    const { slot } = replacement
    return ussAfter.has(slot) || !trial.before.uss.has(slot) || isEmpty(replacement)
  })
  const isComplete = (hasUss || running.ticks >= USS_TICKS) && (after.pss !== undefined || running.ticks >= PSS_TICKS)
  return isComplete ? compare(running, end.outcome, after, isEmpty) : undefined
}

/** Somebody has come into a place of late: a supervisor of its own took its time, or the replacement itself was replaced. */
function unsettled({ trial, ussAfter }: Running, { workers }: MonitorContext): boolean {
  return workers.some(({ worker: { id, slot }, servingMs }) => {
    return trial.before.uss.has(slot) && !trial.oldIds.has(id) && !ussAfter.has(slot) && servingMs < trial.settleMs
  })
}

/**
 * Nobody was put into the place, and nobody else is there. A supervisor of its own may have started what was ended anew: what that
 * takes was not freed.
 */
function isLeftEmpty({ slot, newId }: Replacement, { trial, ussAfter }: Running, { workers }: MonitorContext): boolean {
  if (newId !== undefined || ussAfter.has(slot)) return false
  return !workers.some(({ worker }) => worker.slot === slot && !trial.oldIds.has(worker.id))
}

function compare(
  { trial, ussAfter: afterwards }: Running, outcome: RollOutcome, after: Measurement, isEmpty: (one: Replacement) => boolean,
): Measured {
  const { decision, before, minFreed: asked } = trial
  const compared = outcome.replaced.filter((replacement) => {
    return before.uss.has(replacement.slot) && (afterwards.has(replacement.slot) || isEmpty(replacement))
  })
  const sum = (usedBy: (replacement: Replacement) => number | undefined): number | undefined =>
    compared.length === 0 ? undefined : compared.reduce((total, replacement) => total + (usedBy(replacement) ?? 0), 0)
  const ussBefore = sum(({ slot }) => before.uss.get(slot))
  // In a place that was left empty there is nothing.
  const ussAfter = sum(({ slot }) => afterwards.get(slot))
  // What others on the machine took or gave back meanwhile is no effect of this.
  const used = before.isOwnUse && after.isOwnUse ? difference(before.used, after.used) : undefined
  const freed = difference(ussBefore, ussAfter) ?? difference(before.pss, after.pss) ?? used
  const minFreed = asked.bytes ?? (ussBefore ?? decision.sample?.uss ?? 0) * (asked.share ?? 0)
  const effect = {
    decision, ussBefore, ussAfter, pssBefore: before.pss, pssAfter: after.pss, usedBefore: before.used, usedAfter: after.used,
    freed, effective: freed !== undefined && freed >= minFreed,
  }
  const isKnown = effect.effective && ussBefore !== undefined
  const isOpen = isKnown && trial.mayReturn && trial.isForMemory && outcome.replaced.some(isEmpty)
  return { effect, minFreed, standing: isOpen ? 'so_far' : 'final' }
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : before - after
}
