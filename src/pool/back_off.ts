import type { PoolLimits } from './limits.ts'

type BackOffLimits = Pick<PoolLimits, 'startBackoff' | 'maxStartBackoff' | 'stableAfter'>

/** How long a slot waits for its next start: longer after each failure, not at all after a worker that has served well. */
export class BackOff {
  readonly #limits: BackOffLimits
  #failures = 0
  #failedAt = -Infinity
  #notBefore = -Infinity

  constructor(limits: BackOffLimits) {
    this.#limits = limits
  }

  /** No start before this time. */
  get notBefore(): number {
    return this.#notBefore
  }

  /** A worker crashed or hung before it was ready. */
  startFailed(now: number): void {
    this.#wait(this.#failures, now)
  }

  /** A worker died while it served: the first one is replaced at once, as most that die have run for long. */
  died(now: number): void {
    if (this.#failures === 0) {
      this.#failures = 1
      this.#failedAt = now
      this.#notBefore = now
    } else {
      this.#wait(this.#failures - 1, now)
    }
  }

  /** Looks at a worker of the slot: one that came after the last failure and has served long enough clears it. */
  consider(worker: { readonly startedAt: number, readonly readyAt: number | undefined }, now: number): void {
    if (worker.readyAt === undefined || worker.startedAt < this.#failedAt || now - worker.readyAt < this.#limits.stableAfter) return
    this.#failures = 0
    this.#notBefore = -Infinity
  }

  #wait(doublings: number, now: number): void {
    this.#failures++
    this.#failedAt = now
    this.#notBefore = now + Math.min(this.#limits.startBackoff * 2 ** doublings, this.#limits.maxStartBackoff)
  }
}
