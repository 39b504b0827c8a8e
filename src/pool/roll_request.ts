import type { Roster } from './roster.ts'
import { isServing } from './slot.ts'
import type { WorkerRecord } from './worker_record.ts'
import type { Replacement, RollOutcome, RollStatus } from './worker_pool.ts'

/** A worker that is to be replaced. */
export interface Target {
  readonly slot: number
  readonly oldId: number
  readonly order: number
  /** Who took over; undefined as long as nobody has. */
  newId: number | undefined
  /** The worker has gone by the will of others, and its slot with it: there is nothing left to wait for. */
  isReleased: boolean
}

/** A recycle or a roll that is going on. */
export class RollRequest {
  readonly kind: 'recycle' | 'roll'
  readonly startedAt: number
  readonly targets: readonly Target[]
  readonly promise: Promise<RollOutcome>
  /** Failed starts since the last one that went well. */
  failures = 0
  /** After a failure nothing is started until then, in any slot: what fails in one will fail in the next. */
  pausedUntil = -Infinity
  /** Places whose replacement died soon after it was ready, until another has served there for long: nobody else is asked to go. */
  readonly unsettled = new Set<number>()
  readonly #resolve: (outcome: RollOutcome) => void

  constructor(kind: 'recycle' | 'roll', startedAt: number, targets: readonly Target[]) {
    this.kind = kind
    this.startedAt = startedAt
    this.targets = targets
    const { promise, resolve } = withResolvers<RollOutcome>()
    this.promise = promise
    this.#resolve = resolve
  }

  /** Whether all that were to go have gone, and others serve in their places. */
  isDone(roster: Roster): boolean {
    return this.unsettled.size === 0 && this.targets.every((target) => {
      if (target.isReleased) return true
      const old = roster.worker(target.oldId)
      if (old !== undefined && old.intent !== 'left') return false
      // Without a successor, a serving worker in the place is one that was there before: the target never had it.
      return target.newId !== undefined || isServing(roster.slot(target.slot))
    })
  }

  end(status: RollStatus, failure: string | undefined, roster: Roster, now: number): RollOutcome {
    const outcome: RollOutcome = {
      status, failure, tookMs: now - this.startedAt,
      replaced: this.targets.flatMap((target) => replacementOf(target, roster)),
      kept: this.targets.filter((target) => isKept(target, roster)).map(({ oldId }) => oldId),
    }
    this.#resolve(outcome)
    return outcome
  }
}

export function targetOf({ slot, id, order }: WorkerRecord, roster: Roster): Target {
  const current = roster.slot(slot)?.current
  const hasSuccessor = current?.state === 'serving' && current.order > order
  return { slot, oldId: id, order, newId: hasSuccessor ? current.id : undefined, isReleased: roster.slot(slot) === undefined }
}

function isKept({ oldId }: Target, roster: Roster): boolean {
  return roster.worker(oldId)?.intent === 'stay'
}

function replacementOf(target: Target, roster: Roster): Replacement[] {
  const { slot, oldId, newId } = target
  if (newId !== undefined) return [{ slot, oldId, newId }]
  if (isKept(target, roster) || (!target.isReleased && isServing(roster.slot(slot)))) return []
  // It is gone or going, and nobody serves in its place: its slot was given up, or is filled by a later restart.
  return [{ slot, oldId, newId: undefined }]
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): { readonly promise: Promise<T>, readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => { resolve = settle })
  return { promise, resolve }
}
