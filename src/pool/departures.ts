import { messageOf } from '../errors.ts'
import type { PoolDriver } from './driver.ts'
import { durationText } from './duration.ts'
import type { PoolLimits } from './limits.ts'
import type { Outbox } from './outbox.ts'
import type { Roster } from './roster.ts'
import type { PoolParts, Transitions } from './transitions.ts'
import { nameOf, toPoolWorker, type WorkerRecord } from './worker_record.ts'

/** Deadlines are looked at this often while there are any: it is by a tick that is late that a suspension is noticed. */
const HEARTBEAT_MS = 1000

/** How workers are made to go: drain, SIGTERM, SIGKILL, each with its deadline. */
export class Departures {
  readonly #driver: PoolDriver
  readonly #limits: PoolLimits
  readonly #roster: Roster
  readonly #transitions: Transitions
  readonly #outbox: Outbox

  constructor(driver: PoolDriver, limits: PoolLimits, { roster, outbox }: PoolParts, transitions: Transitions) {
    this.#driver = driver
    this.#limits = limits
    this.#roster = roster
    this.#transitions = transitions
    this.#outbox = outbox
  }

  /** Asks those to go that are to go and were not asked yet. */
  begin(now: number): void {
    for (const worker of this.#roster.workers()) {
      const isAsked = worker.state !== 'starting' && worker.state !== 'serving'
      if (isAsked || (worker.intent !== 'drain' && worker.intent !== 'end')) continue
      if (worker.intent === 'end') this.#signal(worker, 'SIGTERM', now)
      else this.#drain(worker, now)
    }
  }

  /** Takes the next step with those whose time is over. */
  press(now: number): void {
    for (const worker of this.#roster.workers()) {
      if (worker.deadline === undefined || worker.deadline > now) continue
      worker.deadline = undefined
      if (worker.state === 'starting') this.#isLate(worker, now)
      else if (worker.state === 'draining') this.#force(worker, 'SIGTERM', this.#whyTerm(worker), now)
      else if (worker.state === 'terminating') this.#force(worker, 'SIGKILL', this.#after('SIGTERM'), now)
      else this.#outbox.add('warning', `${nameOf(worker)} ${this.#after('SIGKILL')}: the kernel holds it, the pool waits for it`)
    }
  }

  /** Moves all deadlines; false when there are none. Each is ahead then: what workers have sent meanwhile is still to be read. */
  postpone(byMs: number, now: number): boolean {
    const awaited = this.#roster.workers().filter(({ deadline }) => deadline !== undefined)
    for (const worker of awaited) {
      worker.deadline = Math.max((worker.deadline ?? now) + byMs, now + this.#limits.suspendGrace)
    }
    return awaited.length > 0
  }

  /** When deadlines are to be looked at next; Infinity when there are none. */
  nextAt(now: number): number {
    const deadlines = this.#roster.workers().flatMap(({ deadline }) => deadline ?? [])
    return deadlines.length === 0 ? Infinity : Math.min(now + HEARTBEAT_MS, ...deadlines)
  }

  #isLate(worker: WorkerRecord, now: number): void {
    // Given up since the last tick: it is asked to go in this one.
    if (worker.intent !== 'stay') return
    const doing = this.#driver.doing?.(worker.id)
    const late = `was not ready within ${durationText(this.#limits.startTimeout)}${doing === undefined ? '' : `: ${doing}`}`
    const slot = this.#roster.slot(worker.slot)
    if (worker.adopted || slot === undefined) {
      // Others have started it, and it may be at work in a way that is not seen from here.
      this.#outbox.add('warning', `${nameOf(worker)} ${late}: it is left alone, and counts as serving only when it is ready`)
      return
    }
    worker.intent = 'end'
    this.#transitions.startFailed(worker, slot, `${nameOf(worker)} ${late}`, now)
    this.#force(worker, 'SIGTERM', late, now)
  }

  #whyTerm(worker: WorkerRecord): string {
    return worker.isDrained
      ? `said that it had drained, and did not end within ${durationText(this.#limits.exitGrace)}`
      : `did not end within ${durationText(this.#limits.drainTimeout)} of being asked to drain`
  }

  #after(signal: 'SIGTERM' | 'SIGKILL'): string {
    return `did not end within ${durationText(this.#limits.termTimeout)} of ${signal}`
  }

  #force(worker: WorkerRecord, signal: 'SIGTERM' | 'SIGKILL', reason: string, now: number): void {
    this.#signal(worker, signal, now)
    this.#outbox.add('forced', { worker: toPoolWorker(worker), signal, reason })
  }

  #drain(worker: WorkerRecord, now: number): void {
    worker.state = 'draining'
    worker.deadline = now + this.#limits.drainTimeout
    this.#try(`ask ${nameOf(worker)} to drain`, () => this.#driver.drain(worker.id))
  }

  #signal(worker: WorkerRecord, signal: 'SIGTERM' | 'SIGKILL', now: number): void {
    worker.state = signal === 'SIGTERM' ? 'terminating' : 'killed'
    worker.deadline = now + this.#limits.termTimeout
    this.#try(`send ${signal} to ${nameOf(worker)}`, () => this.#driver.kill(worker.id, signal))
  }

  /** A driver that fails is told of; the deadlines go on, and the next step may do better. */
  #try(what: string, command: () => void): void {
    try {
      command()
    } catch (error) {
      this.#outbox.add('warning', `cannot ${what}: ${messageOf(error)}`)
    }
  }
}
