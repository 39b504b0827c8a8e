/** Restarts of the whole pool within a window that slides: what stands between a broken program and a loop of starts. */
export class RestartBudget {
  readonly #max: number
  readonly #per: number
  /** When the last `max` restarts were, oldest first. */
  readonly #times: number[] = []
  #toldAt = -Infinity

  constructor({ max, per }: { readonly max: number, readonly per: number }) {
    this.#max = max
    this.#per = per
  }

  /** The earliest time, from `now` on, at which a restart is allowed. */
  nextAt(now: number): number {
    const oldest = this.#times[0]
    return oldest === undefined || this.#times.length < this.#max ? now : Math.max(now, oldest + this.#per)
  }

  take(now: number): void {
    this.#times.push(now)
    if (this.#times.length > this.#max) this.#times.shift()
  }

  /** Whether it is to be told at `now` that the budget is spent: once in a window. */
  shouldTell(now: number): boolean {
    if (now - this.#toldAt < this.#per) return false
    this.#toldAt = now
    return true
  }
}
