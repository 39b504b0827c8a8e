import type { PoolEmit } from './driver.ts'
import type { PoolEvents } from './worker_pool.ts'

/**
 * Events wait here until the engine is done with a change: a listener that calls the engine finds it consistent, and what its call
 * brings about is told after what came before.
 */
export class Outbox {
  readonly #emit: PoolEmit
  readonly #waiting: (() => void)[] = []
  #isFlushing = false

  constructor(emit: PoolEmit) {
    this.#emit = emit
  }

  add<Name extends keyof PoolEvents>(name: Name, ...event: PoolEvents[Name]): void {
    this.#waiting.push(() => this.#emit(name, ...event))
  }

  /** A listener's throw ends it; what was not told yet is told by the next flush. */
  flush(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next()
    } finally {
      this.#isFlushing = false
    }
  }
}
