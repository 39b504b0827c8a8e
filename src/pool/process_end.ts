import { SmemError } from '../errors.ts'
import type { ProcessHandle } from '../smaps/index.ts'

/** A process that is held by its identity, so that no signal reaches another that gets its pid. */
export type HeldProcess = Pick<ProcessHandle, 'pid' | 'startTime' | 'alive' | 'signal' | 'close'>

export interface ProcessEndOptions {
  /** What asks it to end. */
  readonly signal: NodeJS.Signals
  /** Milliseconds that it has before SIGKILL. */
  readonly killAfterMs: number
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number
  /** It was sent SIGKILL, for this reason. */
  readonly onForced: (reason: string) => void
  /** It was sent SIGKILL and is still there: told once. */
  readonly onStuck: (warning: string) => void
}

/** `ended`: it is gone, or a zombie. `stopped`: nobody waits any longer. An error: it could not be sent a signal. */
export type ProcessEndResult = 'ended' | 'stopped' | SmemError

const POLL_MS = 50
/** A poll that comes later than this after it was due: this process was suspended, and those it watches perhaps too. */
const SUSPENDED_MS = 1000 * 5
/** After SIGKILL a process ends at once, or else it hangs in the kernel. */
const KILLED_MS = 1000 * 10

/** The end of one process: a signal, and SIGKILL when that does not end it in time. Begins at once. */
export class ProcessEnd {
  readonly startedAt: number
  /** Settles once; never rejects. */
  readonly result: Promise<ProcessEndResult>
  readonly #process: HeldProcess
  readonly #options: ProcessEndOptions
  #settle: (result: ProcessEndResult) => void = () => undefined
  #isKilled: boolean
  #isStuck = false
  #killAt: number
  #timer: NodeJS.Timeout | undefined
  #dueAt = 0

  constructor(process: HeldProcess, options: ProcessEndOptions) {
    this.#process = process
    this.#options = options
    this.startedAt = options.clock()
    this.#isKilled = options.signal === 'SIGKILL'
    this.#killAt = this.startedAt + (this.#isKilled ? KILLED_MS : options.killAfterMs)
    this.result = new Promise((resolve) => {
      this.#settle = resolve
    })
    if (this.#send(options.signal)) this.#schedule()
  }

  /** It was sent SIGKILL. */
  get isKilled(): boolean {
    return this.#isKilled
  }

  /** Sends nothing any more; a result that there is already stays. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#settle('stopped')
  }

  /** Whether there is something to wait for. */
  #send(signal: NodeJS.Signals): boolean {
    try {
      this.#process.signal(signal)
      return true
    } catch (error) {
      if (!(error instanceof SmemError)) throw error
      this.#settle(error.code === 'ESRCH' ? 'ended' : error)
      return false
    }
  }

  #schedule(): void {
    this.#dueAt = this.#options.clock() + POLL_MS
    this.#timer = setTimeout(() => this.#check(), POLL_MS).unref()
  }

  #check(): void {
    const now = this.#options.clock()
    const lateMs = now - this.#dueAt
    if (lateMs > SUSPENDED_MS) this.#killAt += lateMs
    if (!this.#process.alive) this.#settle('ended')
    else if (now < this.#killAt || this.#force()) this.#schedule()
  }

  /** Whether there still is something to wait for. */
  #force(): boolean {
    const { signal, killAfterMs, onForced, onStuck } = this.#options
    this.#killAt = this.#options.clock() + KILLED_MS
    if (!this.#isKilled) {
      this.#isKilled = true
      if (!this.#send('SIGKILL')) return false
      onForced(`has not ended within ${killAfterMs / 1000} s of ${signal}`)
    } else if (!this.#isStuck) {
      this.#isStuck = true
      onStuck(`process ${this.#process.pid} was sent SIGKILL and has not ended: it hangs in the kernel, as on a file system that `
        + 'does not answer; it is waited for')
    }
    return true
  }
}
