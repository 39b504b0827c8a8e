import { RollRequest, targetOf, type Target } from './roll_request.ts'
import type { Roster } from './roster.ts'
import type { Slot } from './slot.ts'
import type { WorkerRecord } from './worker_record.ts'
import type { RollOutcome, RollStatus } from './worker_pool.ts'

/** A slot whose worker is to be replaced, and from when on that may be tried. */
export interface Candidate {
  readonly slot: Slot
  readonly notBefore: number
}

/** The recycles and the roll that are going on: who is to be replaced, in which order, and what has become of it. */
export class RollQueue {
  readonly #roster: Roster
  readonly #maxStartFailures: number
  readonly #onRollEnd: (outcome: RollOutcome) => void
  #requests: RollRequest[] = []

  constructor(roster: Roster, maxStartFailures: number, onRollEnd: (outcome: RollOutcome) => void) {
    this.#roster = roster
    this.#maxStartFailures = maxStartFailures
    this.#onRollEnd = onRollEnd
  }

  get roll(): RollRequest | undefined {
    return this.#requests.find(({ kind }) => kind === 'roll')
  }

  /** Replaces all that have a place now. */
  addRoll(now: number): RollRequest {
    const targets = this.#roster.slots().flatMap(({ current }) => current === undefined ? [] : [targetOf(current, this.#roster)])
    return this.#add(new RollRequest('roll', now, targets))
  }

  /** Replaces one; what is asked for a second time while it is going on is the same request. */
  addRecycle(worker: WorkerRecord, now: number): RollRequest {
    const isSame = ({ kind, targets }: RollRequest): boolean => kind === 'recycle' && targets[0]?.oldId === worker.id
    return this.#requests.find(isSame) ?? this.#add(new RollRequest('recycle', now, [targetOf(worker, this.#roster)]))
  }

  /** Whether the worker is to be replaced. */
  wants(id: number): boolean {
    return this.#openTargets().some(({ target }) => target.oldId === id)
  }

  /** Slots whose worker is to be replaced and that have no replacement yet, in the order of the requests. */
  candidates(): Candidate[] {
    const found = new Map<Slot, number>()
    for (const { target, request } of this.#openTargets()) {
      const slot = this.#roster.slot(target.slot)
      if (slot?.current?.id !== target.oldId || slot.next !== undefined) continue
      const notBefore = Math.max(slot.backOff.notBefore, request.pausedUntil)
      found.set(slot, Math.min(notBefore, found.get(slot) ?? Infinity))
    }
    return [...found].map(([slot, notBefore]) => ({ slot, notBefore }))
  }

  /** The worker serves in its slot from now on. */
  tookOver({ id, slot, order }: WorkerRecord): void {
    for (const { target, request } of this.#openTargets()) {
      if (target.slot !== slot || target.order >= order) continue
      target.newId = id
      request.failures = 0
    }
  }

  /** A start in the slot has failed, of a worker that came at `order`. Requests that have seen enough of it end as failed. */
  startFailed(slot: Slot, order: number, reason: string, now: number): void {
    const affected = this.#openTargets().filter(({ target }) => target.slot === slot.index && target.order < order)
    for (const request of new Set(affected.map((open) => open.request))) {
      request.failures++
      request.pausedUntil = slot.backOff.notBefore
      if (request.failures < this.#maxStartFailures) continue
      const what = request.failures === 1 ? 'a start failed in' : `${request.failures} starts in a row failed, the last one in`
      this.#end(request, 'failed', `${what} slot ${slot.index}: ${reason}`, now)
    }
  }

  /** The slot is no more. */
  slotRemoved(index: number): void {
    for (const { target } of this.#openTargets()) if (target.slot === index) target.isReleased = true
  }

  /** Ends those that have all they wanted. */
  settle(now: number): void {
    for (const request of [...this.#requests]) if (request.isDone(this.#roster)) this.#end(request, 'done', undefined, now)
  }

  /** Ends all, wherever they are. */
  stop(now: number): void {
    for (const request of [...this.#requests]) this.#end(request, 'stopped', undefined, now)
  }

  #add(request: RollRequest): RollRequest {
    this.#requests.push(request)
    return request
  }

  /** Targets for which nobody has taken over yet. */
  #openTargets(): { readonly target: Target, readonly request: RollRequest }[] {
    return this.#requests.flatMap((request) => request.targets
      .filter(({ newId, isReleased }) => newId === undefined && !isReleased)
      .map((target) => ({ target, request })))
  }

  #end(request: RollRequest, status: RollStatus, failure: string | undefined, now: number): void {
    this.#requests = this.#requests.filter((other) => other !== request)
    const outcome = request.end(status, failure, this.#roster, now)
    if (request.kind === 'roll') this.#onRollEnd(outcome)
  }
}
