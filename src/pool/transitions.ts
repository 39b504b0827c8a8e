import { durationText } from './duration.ts'
import type { Outbox } from './outbox.ts'
import type { RestartBudget } from './restart_budget.ts'
import type { RollQueue } from './roll_queue.ts'
import { vacate, type Roster } from './roster.ts'
import { isVacant, type Slot } from './slot.ts'
import { nameOf, toPoolWorker, wasAskedToGo, type WorkerRecord } from './worker_record.ts'

export interface PoolParts {
  readonly roster: Roster
  readonly queue: RollQueue
  readonly budget: RestartBudget
  readonly outbox: Outbox
}

interface ProcessEnding {
  readonly code: number | null
  readonly signal: string | null
  readonly reason: string | undefined
}

/**
 * What becomes of workers and slots when something has happened. It changes records only: the driver is called by ticks alone.
 *
 * A worker, by state; `*` where only a tick does it:
 *
 * | from | on | to |
 * | --- | --- | --- |
 * | (none) | `spawn` *, `adopt` | starting, or serving when adopted so |
 * | starting | `ready` | serving: takes the place; whom it replaces is to drain |
 * | starting | `startTimeout` * | terminating; a failed start. Adopted ones are left alone |
 * | starting | nobody wants it any more: stopped, failed, a newer generation * | terminating |
 * | serving, starting | replaced, taken down, surplus * | draining |
 * | draining | `drainTimeout`; `exitGrace` after `drained` * | terminating |
 * | terminating | `termTimeout` * | killed |
 * | killed | `termTimeout` * | killed; told once, waited for |
 * | starting, serving | `release` | draining; left alone, and not counted any more |
 * | any | `exited`, `detach` | gone |
 * | starting | `notStarted` | gone; a failed start |
 *
 * A slot, by who is in it:
 *
 * | from | on | to |
 * | --- | --- | --- |
 * | vacant | back-off over, budget left, room within `size + maxSurge` * | current starting |
 * | vacant | `adopt` | current |
 * | current | to be replaced, room within `maxSurge` * | current and next |
 * | current | to be replaced, no such room, room within `maxUnavailable` * | vacant, the old one drains |
 * | current and next | next is ready | next is current, the old one drains |
 * | current and next | next dies or hangs | current, back-off |
 * | current and next | current dies | next is current |
 * | current | dies or hangs | vacant, back-off |
 * | current | `release` | no slot; vacant, if it is to be filled again |
 * | current | `detach` | vacant; the next start is free |
 */
export class Transitions {
  readonly #parts: PoolParts

  constructor(parts: PoolParts) {
    this.#parts = parts
  }

  /** starting -> serving; a replacement takes the place, and the old one is to drain. */
  becameReady(worker: WorkerRecord, now: number): void {
    const slot = this.#parts.roster.slot(worker.slot)
    if (slot === undefined || worker.state !== 'starting' || worker.intent !== 'stay') return
    worker.state = 'serving'
    worker.readyAt = now
    worker.deadline = undefined
    if (slot.next === worker) {
      if (slot.current !== undefined) slot.current.intent = 'drain'
      vacate(slot, slot.vacancy)
    }
    slot.isDownForUs = false
    this.#parts.outbox.add('ready', toPoolWorker(worker))
    if (slot.holder !== undefined && slot.holder !== worker.id) {
      this.#parts.outbox.add('replaced', { slot: slot.index, oldId: slot.holder, newId: worker.id })
    }
    slot.holder = worker.id
    this.#parts.queue.tookOver(worker)
  }

  /** Any state -> gone. What was wanted of it decides what follows. */
  exited(worker: WorkerRecord, { code, signal, reason }: ProcessEnding, now: number): void {
    this.#parts.roster.remove(worker.id)
    this.#parts.outbox.add('exit', { worker: toPoolWorker(worker), code, signal, wanted: wasAskedToGo(worker) })
    const slot = this.#parts.roster.slot(worker.slot)
    if (worker.intent !== 'stay' || slot === undefined) return
    const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
    const why = reason ?? `${how} before it was ready`
    if (worker.state === 'starting') this.startFailed(worker, slot, `${nameOf(worker)} ${why}`, now)
    else this.#died(worker, slot, reason ?? how, now)
  }

  /** starting, serving -> draining, by the will of others: its slot goes, or is filled again. */
  release(worker: WorkerRecord, refill: boolean, now: number): void {
    const slot = this.#parts.roster.slot(worker.slot)
    if (slot === undefined || worker.intent !== 'stay') return
    const { state } = worker
    worker.intent = 'left'
    worker.state = 'draining'
    worker.deadline = undefined
    if (slot.next === worker || (refill && state === 'starting')) {
      this.startFailed(worker, slot, `${nameOf(worker)} was made to leave before it was ready`, now)
      return
    }
    if (refill) {
      this.#died(worker, slot, 'left', now)
      return
    }
    this.giveUp(slot)
    this.#parts.roster.removeSlot(slot.index)
    this.#parts.queue.slotRemoved(slot.index)
  }

  /** starting -> gone, without ever having been a process. */
  notStarted(worker: WorkerRecord, reason: string, now: number): void {
    this.#parts.roster.remove(worker.id)
    const slot = this.#parts.roster.slot(worker.slot)
    if (worker.intent === 'stay' && slot !== undefined) this.startFailed(worker, slot, `${nameOf(worker)} ${reason}`, now)
  }

  /** Any state -> gone from the pool; the process lives on. */
  detach(worker: WorkerRecord, now: number): void {
    this.#parts.roster.remove(worker.id)
    const slot = this.#parts.roster.slot(worker.slot)
    if (slot?.current === worker) vacate(slot, { since: now, cause: 'replacing' })
    else if (slot?.next === worker) slot.next = undefined
  }

  /** Replacements of workers that are not to be replaced any more. */
  giveUpUnwanted(): void {
    for (const slot of this.#parts.roster.slots()) {
      if (slot.next === undefined) continue
      if (slot.current === undefined || !this.#parts.queue.wants(slot.current.id)) this.giveUp(slot)
    }
  }

  /** The replacement that starts is not wanted any more: nobody is to blame. */
  giveUp(slot: Slot): void {
    if (slot.next !== undefined) slot.next.intent = 'end'
    slot.next = undefined
  }

  /** The worker had a place, or was to get one, and will never be ready. */
  startFailed(worker: WorkerRecord, slot: Slot, reason: string, now: number): void {
    if (slot.next === worker) slot.next = undefined
    else vacate(slot, { since: now, cause: 'died' })
    this.noStart(slot, worker.order, reason, now)
  }

  /** A start in the slot has failed. */
  noStart(slot: Slot, order: number, reason: string, now: number): void {
    slot.backOff.startFailed(now)
    if (isVacant(slot)) slot.vacancy = { since: now, cause: 'died' }
    // Told before the end of the request that it may bring about.
    const failure = { slot: slot.index, reason, retryInMs: 0 }
    this.#parts.outbox.add('startFailed', failure)
    this.#parts.queue.startFailed(slot, order, reason, now)
    failure.retryInMs = this.#retryInMs(slot, now)
  }

  #died(worker: WorkerRecord, slot: Slot, how: string, now: number): void {
    slot.backOff.consider(worker, now)
    slot.backOff.died(now)
    vacate(slot, { since: now, cause: 'died' })
    const served = durationText(now - (worker.readyAt ?? now))
    this.#parts.queue.died(worker, slot, `${nameOf(worker)} ${how} ${served} after it was ready`, now)
  }

  #retryInMs({ current, backOff }: Slot, now: number): number {
    if (current === undefined) return Math.max(backOff.notBefore, this.#parts.budget.nextAt(now)) - now
    if (current.state === 'starting') return 0
    return this.#parts.queue.wants(current.id) ? backOff.notBefore - now : Infinity
  }
}
