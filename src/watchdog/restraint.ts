import type { Verdict } from './decision.ts'
import type { Reason } from './monitor.ts'
import { counted, formatDuration } from './text.ts'

export interface RestraintLimits {
  readonly cooldownMs: number
  readonly slotCooldownMs: number
  /** Actions in each window of `perMs`. */
  readonly max: () => number
  readonly perMs: number
  /** For how long a slot is left alone at first. */
  readonly leaveAloneMs: number
}

/** Why an action is not taken now. */
export interface Hold {
  readonly verdict: Extract<Verdict, 'busy' | 'cooling_down' | 'budget_spent' | 'ineffective'>
  /** A clause for people. */
  readonly why: string
}

/** What a cool-down of 0 becomes after an action in vain. */
const MIN_COOLDOWN_MS = 1000
const MAX_COOLDOWN_MS = 1000 * 60 * 60
const MAX_LEAVE_ALONE_MS = 1000 * 60 * 60 * 24

/**
 * What keeps the watchdog from kill loops: one action at a time, cool-downs after each, so many in a window, and no repeating of
 * what freed too little. Slots are counted from 0; undefined stands for the pool as a whole.
 */
export class Restraint {
  readonly #limits: RestraintLimits
  #acting = 0
  #cooldownMs: number
  #coolUntil = -Infinity
  readonly #slotCoolUntil = new Map<number, number>()
  #begun: number[] = []
  readonly #leftAlone = new Map<string, { until: number; forMs: number }>()

  constructor(limits: RestraintLimits) {
    this.#limits = limits
    this.#cooldownMs = limits.cooldownMs
  }

  /** What holds of the pool as a whole. */
  holdOfPool(now: number): Hold | undefined {
    const { perMs } = this.#limits
    const max = this.#limits.max()
    if (this.#acting > 0) return { verdict: 'busy', why: 'an earlier action is under way' }
    if (now < this.#coolUntil) return cooling(this.#coolUntil - now)
    this.#begun = this.#begun.filter((at) => now - at < perMs)
    if (this.#begun.length < max) return undefined
    return { verdict: 'budget_spent', why: `the ${counted(max, 'action')} of ${formatDuration(perMs)} are used up` }
  }

  /** What holds of one slot and one reason; undefined for the pool. */
  holdOfSlot(slot: number | undefined, reason: Reason, now: number): Hold | undefined {
    const alone = this.#leftAlone.get(keyOf(slot, reason))
    if (alone !== undefined && now < alone.until) {
      const why = `${nameOf(slot)} is left alone for ${formatDuration(alone.until - now)} more, as the last action freed too little`
      return { verdict: 'ineffective', why }
    }
    const until = slot === undefined ? -Infinity : this.#slotCoolUntil.get(slot) ?? -Infinity
    return now < until ? cooling(until - now) : undefined
  }

  begin(now: number): void {
    this.#acting++
    this.#begun.push(now)
  }

  end(slot: number | undefined, now: number): void {
    this.#acting--
    this.touch(slot, now)
  }

  /** The cool-downs begin anew: an action has ended, or one that was only rehearsed. */
  touch(slot: number | undefined, now: number): void {
    this.#coolUntil = now + this.#cooldownMs
    if (slot !== undefined) this.#slotCoolUntil.set(slot, now + this.#limits.slotCooldownMs)
  }

  /** A rehearsed action counts as one. */
  rehearse(slot: number | undefined, now: number): void {
    this.#begun.push(now)
    this.touch(slot, now)
  }

  /** An action did what it was for: back to normal. */
  succeeded(slot: number | undefined, reason: Reason): void {
    this.#cooldownMs = this.#limits.cooldownMs
    this.#leftAlone.delete(keyOf(slot, reason))
  }

  /** An action failed or was in vain: the cool-down doubles; one of 0 becomes a second. Returns a clause that says so. */
  failed(now: number): string {
    const most = Math.max(MAX_COOLDOWN_MS, this.#limits.cooldownMs)
    this.#cooldownMs = this.#cooldownMs === 0 ? MIN_COOLDOWN_MS : Math.min(most, this.#cooldownMs * 2)
    this.#coolUntil = Math.max(this.#coolUntil, now + this.#cooldownMs)
    return `the cool-down is ${formatDuration(this.#cooldownMs)} now`
  }

  /** An action freed too little: besides, it is not repeated on this slot for this reason, longer each time. Returns a clause. */
  wasInVain(slot: number | undefined, reason: Reason, now: number): string {
    const key = keyOf(slot, reason)
    const most = Math.max(MAX_LEAVE_ALONE_MS, this.#limits.leaveAloneMs)
    const forMs = Math.min(most, (this.#leftAlone.get(key)?.forMs ?? this.#limits.leaveAloneMs / 2) * 2)
    this.#leftAlone.set(key, { until: now + forMs, forMs })
    return `${nameOf(slot)} is left alone for ${formatDuration(forMs)} for this reason, and ${this.failed(now)}`
  }
}

function cooling(ms: number): Hold {
  return { verdict: 'cooling_down', why: `cooling down for ${formatDuration(ms)} more` }
}

function keyOf(slot: number | undefined, reason: Reason): string {
  return `${slot ?? 'pool'} ${reason}`
}

function nameOf(slot: number | undefined): string {
  return slot === undefined ? 'the pool' : `slot ${slot}`
}
