import type { PoolLimits } from './limits.ts'
import { RollRequest, targetOf, type Target } from './roll_request.ts'
import type { Roster } from './roster.ts'
import type { Slot } from './slot.ts'
import type { WorkerRecord } from './worker_record.ts'
import type { RollOutcome, RollStatus } from './worker_pool.ts'

/** Who follows a replacement that died soon after it was ready has to serve so long, or `stableAfter` if that is less. */
const SETTLE_MS = 1000 * 5

/** A slot whose worker is to be replaced, and from when on that may be tried. */
export interface Candidate {
  readonly slot: Slot
  readonly notBefore: number
}

type Limits = Pick<PoolLimits, 'maxStartFailures' | 'stableAfter'>

/** The recycles and the roll that are going on: who is to be replaced, in which order, and what has become of it. */
export class RollQueue {
  readonly #roster: Roster
  readonly #limits: Limits
  readonly #onRollEnd: (outcome: RollOutcome) => void
  #requests: RollRequest[] = []

  constructor(roster: Roster, limits: Limits, onRollEnd: (outcome: RollOutcome) => void) {
    this.#roster = roster
    this.#limits = limits
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

  /** Whether the worker is to be replaced now. */
  wants(id: number): boolean {
    return this.#openTargets().some(({ target, request }) => target.oldId === id && request.unsettled.size === 0)
  }

  /** Slots whose worker is to be replaced and that have no replacement yet, in the order of the requests. */
  candidates(): Candidate[] {
    const found = new Map<Slot, number>()
    for (const { target, request } of this.#openTargets()) {
      const slot = this.#roster.slot(target.slot)
      if (slot?.current?.id !== target.oldId || slot.next !== undefined || request.unsettled.size > 0) continue
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
      if (request.unsettled.size === 0) request.failures = 0
    }
  }

  /** A start in the slot has failed, of a worker that came at `order`. Requests that have seen enough of it end as failed. */
  startFailed(slot: Slot, order: number, reason: string, now: number): void {
    const affected = this.#openTargets().filter(({ target }) => target.slot === slot.index && target.order < order)
    for (const request of new Set(affected.map((open) => open.request))) this.#failed(request, slot, reason, now)
  }

  /** A worker that served has died: a failed start of those requests whose replacement it was, if it was ready only lately. */
  died({ id, readyAt }: WorkerRecord, slot: Slot, reason: string, now: number): void {
    if (readyAt === undefined || now - readyAt >= this.#limits.stableAfter) return
    for (const request of [...this.#requests]) {
      const target = request.targets.find(({ newId }) => newId === id)
      if (target === undefined) continue
      target.newId = undefined
      request.unsettled.add(slot.index)
      this.#failed(request, slot, reason, now)
    }
  }

  /** The slot is no more. */
  slotRemoved(index: number): void {
    for (const { target } of this.#openTargets()) if (target.slot === index) target.isReleased = true
  }

  /** When it is to be looked again at places whose replacement has died; Infinity when none is settling. */
  settlesAt(): number {
    return Math.min(Infinity, ...this.#requests.flatMap(({ unsettled }) => [...unsettled].map((index) => this.#settledAt(index))))
  }

  /** Lets those go on whose places are served for good again, and ends those that have all they wanted. */
  settle(now: number): void {
    for (const request of this.#requests) {
      for (const index of request.unsettled) {
        if (this.#settledAt(index) > now) continue
        request.unsettled.delete(index)
        if (request.unsettled.size === 0) request.failures = 0
      }
    }
    for (const request of [...this.#requests]) if (request.isDone(this.#roster)) this.#end(request, 'done', undefined, now)
  }

  /** Ends all, wherever they are. */
  stop(now: number): void {
    for (const request of [...this.#requests]) this.#end(request, 'stopped', undefined, now)
  }

  #settledAt(index: number): number {
    const slot = this.#roster.slot(index)
    if (slot === undefined) return -Infinity
    const { current } = slot
    if (current?.state !== 'serving' || current.readyAt === undefined) return Infinity
    return current.readyAt + Math.min(this.#limits.stableAfter, SETTLE_MS)
  }

  #failed(request: RollRequest, slot: Slot, reason: string, now: number): void {
    request.failures++
    request.pausedUntil = slot.backOff.notBefore
    if (request.failures < this.#limits.maxStartFailures) return
    const what = request.failures === 1 ? 'a start failed in' : `${request.failures} starts in a row failed, the last one in`
    this.#end(request, 'failed', `${what} slot ${slot.index}: ${reason}`, now)
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
