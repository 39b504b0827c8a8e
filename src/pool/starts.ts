import { messageOf } from '../errors.ts'
import type { Adoption, PoolDriver } from './driver.ts'
import { durationText } from './duration.ts'
import type { PoolLimits } from './limits.ts'
import { install, vacate } from './roster.ts'
import { isVacant, type Slot } from './slot.ts'
import type { PoolParts, Transitions } from './transitions.ts'
import type { WorkerRecord } from './worker_record.ts'

/** When workers are started, and when an old one has to make room first. */
export class Starts {
  readonly #driver: PoolDriver
  readonly #limits: PoolLimits
  readonly #parts: PoolParts
  readonly #transitions: Transitions

  constructor(driver: PoolDriver, limits: PoolLimits, parts: PoolParts, transitions: Transitions) {
    this.#driver = driver
    this.#limits = limits
    this.#parts = parts
    this.#transitions = transitions
  }

  /** Starts workers for vacant slots, longest waiting first. Comes before replacements, as nobody serves in these slots. */
  fillVacancies(generation: number, now: number): void {
    const { roster, budget, outbox } = this.#parts
    const vacant = roster.slots().filter(isVacant).sort((a, b) => a.vacancy.since - b.vacancy.since)
    for (const slot of vacant) {
      if (slot.backOff.notBefore > now || roster.live >= roster.size + this.#limits.maxSurge) continue
      const isRestart = slot.vacancy.cause === 'died'
      if (isRestart && budget.nextAt(now) > now) {
        if (budget.shouldTell(now)) outbox.add('warning', this.#budgetSpent(now))
        continue
      }
      if (isRestart) budget.take(now)
      const worker = this.#start(slot, generation, now)
      if (worker !== undefined) install(slot, worker)
    }
  }

  mayFill(now: number): boolean {
    return this.#parts.roster.slots().some((slot) => isVacant(slot) && this.#fillableAt(slot, now) <= now)
  }

  /** Starts replacements beside the workers that are to go, or has these go first, as far as the limits allow. */
  replace(generation: number, now: number): void {
    const { roster, queue } = this.#parts
    for (const { current, backOff } of roster.slots()) if (current !== undefined) backOff.consider(current, now)
    for (;;) {
      const hasRoom = roster.extras < this.#limits.maxSurge
      if (!hasRoom && !this.#mayTakeDown()) return
      // Asked again each time: a start that fails at once pauses its request, or ends it.
      const slot = queue.candidates().find(({ notBefore }) => notBefore <= now)?.slot
      if (slot?.current === undefined) return
      if (hasRoom) slot.next = this.#start(slot, generation, now)
      else this.#takeDown(slot, slot.current, now)
    }
  }

  /** Gives a worker that somebody else has started a place. */
  adopt(id: number, pid: number, { ready, slot, surplus = false }: Adoption, generation: number, now: number): void {
    const { roster } = this.#parts
    const place = surplus ? undefined : roster.placeFor(slot, now)
    const worker = roster.add({
      id, pid, slot: place?.index ?? slot ?? roster.unusedIndex(), generation, startedAt: now,
      adopted: true, state: 'starting', readyAt: undefined, deadline: now + this.#limits.startTimeout,
    })
    if (place === undefined) worker.intent = 'drain'
    else install(place, worker)
    if (ready) this.#transitions.becameReady(worker, now)
  }

  /** When something may start that does not wait for anybody's end; Infinity for never. */
  nextAt(now: number): number {
    const { roster, queue } = this.#parts
    const vacant = roster.slots().filter(isVacant).map((slot) => this.#fillableAt(slot, now))
    const times = [...vacant, ...queue.candidates().map(({ notBefore }) => notBefore)]
    return Math.min(Infinity, ...times.filter((time) => time > now))
  }

  #fillableAt({ backOff, vacancy }: Slot, now: number): number {
    return vacancy.cause === 'died' ? Math.max(backOff.notBefore, this.#parts.budget.nextAt(now)) : backOff.notBefore
  }

  #start(slot: Slot, generation: number, now: number): WorkerRecord | undefined {
    try {
      const id = this.#driver.spawn(slot.index, generation)
      return this.#parts.roster.add({
        id, slot: slot.index, pid: this.#driver.pidOf(id), generation, startedAt: now, adopted: false,
        state: 'starting', readyAt: undefined, deadline: now + this.#limits.startTimeout,
      })
    } catch (error) {
      const reason = `it could not be started: ${messageOf(error)}`
      this.#transitions.noStart(slot, Infinity, reason, now)
      return undefined
    }
  }

  #mayTakeDown(): boolean {
    return this.#parts.roster.slots().filter(({ isDownForUs }) => isDownForUs).length < this.#limits.maxUnavailable
  }

  #takeDown(slot: Slot, worker: WorkerRecord, now: number): void {
    worker.intent = 'drain'
    slot.isDownForUs = true
    vacate(slot, { since: now, cause: 'replacing' })
  }

  #budgetSpent(now: number): string {
    const { max, per } = this.#limits.restarts
    const wait = durationText(this.#parts.budget.nextAt(now) - now)
    const count = max === 1 ? '1 restart' : `${max} restarts`
    return `workers die by themselves: ${count} within ${durationText(per)} are used up; the next one is in ${wait}`
  }
}
