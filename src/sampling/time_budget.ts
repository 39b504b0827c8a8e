/**
 * A share of one core's time, to be spent on reads. What is not spent piles up to a cap and no further.
 *
 * A read that costs more than there is must neither overdraw the budget nor wait for ever behind cheaper ones: half of
 * what comes in is then set aside until it can be paid.
 */
export class TimeBudget {
  readonly #share: number
  readonly #capMs: number
  #availableMs: number
  #savedMs = 0
  /** What is being saved for; 0 for nothing. */
  #goalMs = 0
  #at: number

  /** Starts full: the first round reads more than later ones. `share` is a fraction of one core. */
  constructor(share: number, capMs: number, now: number) {
    this.#share = share
    this.#capMs = capMs
    this.#availableMs = capMs
    this.#at = now
  }

  /** What may be spent now, in milliseconds; below 0 after reads that cost more than was expected. */
  get availableMs(): number {
    return this.#availableMs
  }

  /** Starts a round at `now` (ms): pays in what the time since the last one is worth. */
  begin(now: number): void {
    const gainMs = Math.max(0, now - this.#at) * this.#share
    this.#at = now
    const savingMs = Math.min(gainMs / 2, Math.max(0, this.#goalMs - this.#savedMs))
    this.#savedMs += savingMs
    this.#availableMs = Math.min(this.#capMs, this.#availableMs + gainMs - savingMs)
    if (this.#goalMs === 0) this.#savedMs = 0
    this.#goalMs = 0
  }

  /**
   * Takes what a read is expected to cost, or says that it has to wait. To be asked in the order of urgency: the first
   * read that is refused is what is saved for, and what has been saved is for nobody after it.
   */
  take(expectedMs: number): boolean {
    if (expectedMs <= this.#availableMs) {
      this.#availableMs -= expectedMs
      return true
    }
    if (this.#goalMs > 0) return false
    if (expectedMs > this.#availableMs + this.#savedMs) {
      this.#goalMs = expectedMs
      return false
    }
    this.#availableMs += this.#savedMs - expectedMs
    this.#savedMs = 0
    return true
  }

  /** Sets right what `take` assumed. */
  settle(expectedMs: number, spentMs: number): void {
    this.#availableMs = Math.min(this.#capMs, this.#availableMs + expectedMs - spentMs)
  }
}
