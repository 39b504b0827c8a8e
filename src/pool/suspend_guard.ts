/**
 * The engine's time, and whether it stood still. A process that was stopped (SIGSTOP, a laptop's lid) or blocked for long finds all
 * deadlines passed when it wakes, and has not yet read what its workers sent meanwhile: nobody may be ended for that.
 */
export class SuspendGuard {
  readonly #clock: () => number
  readonly #graceMs: number
  #now = -Infinity
  #dueAt: number | undefined

  constructor(clock: () => number, graceMs: number) {
    this.#clock = clock
    this.#graceMs = graceMs
  }

  /** The time, never before that of the last call; and by how much it is too late for the tick that was due, 0 within the grace. */
  look(): { readonly now: number, readonly lateMs: number } {
    this.#now = Math.max(this.#now, this.#clock())
    const lateMs = this.#dueAt === undefined ? 0 : this.#now - this.#dueAt
    if (lateMs <= this.#graceMs) return { now: this.#now, lateMs: 0 }
    this.#dueAt = this.#now
    return { now: this.#now, lateMs }
  }

  /** When the next tick is due. */
  expect(dueAt: number | undefined): void {
    this.#dueAt = dueAt
  }
}
