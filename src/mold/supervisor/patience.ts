/** A timer that fires later than this after it was due: this process was stopped, and those it waits for perhaps too. */
const SUSPENDED_MS = 1000 * 5

/** Calls once after so long; later when this process was stopped meanwhile, so that what has come in is heard first. */
export class Patience {
  #timer: NodeJS.Timeout

  constructor(ms: number, onEnd: () => void) {
    const wait = (waitMs: number): NodeJS.Timeout => {
      const dueAt = performance.now() + waitMs
      return setTimeout(() => {
        if (performance.now() - dueAt < SUSPENDED_MS) onEnd()
        else this.#timer = wait(SUSPENDED_MS)
      }, waitMs)
    }
    this.#timer = wait(ms)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
