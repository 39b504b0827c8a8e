import { messageOf } from '../errors.ts'
import { formatDuration } from './text.ts'

/** Sets a timer that keeps no process alive, and returns what takes it back. */
export interface Timers {
  after(ms: number, callback: () => void): () => void
}

export interface TickTimerOptions {
  readonly intervalMs: number
  readonly clock: () => number
  readonly timers: Timers | undefined
  readonly tick: () => Promise<void>
  readonly warn: (text: string) => void
}

/** Nobody minds a tick that comes late by less: a garbage collection, a busy machine. */
const LATE_MS = 1000 * 5

/**
 * Ticks one after the other, never two at once. One that comes far too late, after a suspension, is left out: all it knows is
 * old.
 */
export class TickTimer {
  readonly #options: TickTimerOptions
  readonly #timers: Timers
  #cancel: (() => void) | undefined
  #dueAt = 0
  #ticking = false
  #isWanted = false
  #closed = false

  constructor(options: TickTimerOptions) {
    this.#options = options
    this.#timers = options.timers ?? REAL_TIMERS
  }

  start(): void {
    this.#arm(this.#options.intervalMs)
  }

  /** The next tick comes at once, or after the one that is going on. */
  soon(): void {
    this.#isWanted = true
    if (!this.#ticking) this.#arm(0)
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #arm(ms: number): void {
    if (this.#closed) return
    this.#cancel?.()
    this.#dueAt = this.#options.clock() + ms
    this.#cancel = this.#timers.after(ms, () => void this.#fire())
  }

  async #fire(): Promise<void> {
    const { intervalMs, clock, tick, warn } = this.#options
    const lateMs = clock() - this.#dueAt
    this.#isWanted = false
    this.#ticking = true
    try {
      if (lateMs <= Math.max(LATE_MS, intervalMs)) await tick()
      else warn(`a tick came ${formatDuration(lateMs)} late, as after a suspension: nothing is judged before the next one`)
    } catch (error) {
      if (!this.#closed) warn(`a tick failed: ${messageOf(error)}`)
    }
    this.#ticking = false
    this.#arm(this.#isWanted ? 0 : intervalMs)
  }
}

const REAL_TIMERS: Timers = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref()
    return () => clearTimeout(timer)
  },
}
