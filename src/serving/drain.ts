import type { ServedWork } from './served_work.ts'

const LOOK_MS = 20
/** The share of the drain's time after which idle connections are not waited for any longer: SIGTERM would end all. */
const PATIENCE = 0.9

export interface WorkerDrainOptions {
  readonly work: ServedWork
  readonly onDrain: ((info: { readonly timeoutMs: number }) => unknown) | undefined
  /** The hook in sentences. */
  readonly hookName: string
  /** Milliseconds; undefined for the servers' own. */
  readonly closeIdleAfter: number | undefined
  readonly timeoutMs: number
  /** Called once, when no connection is left and the hook has ended. */
  readonly done: () => void
}

/** The end of a worker's work: closes its servers and waits until the last connection has gone. */
export class WorkerDrain {
  readonly #options: WorkerDrainOptions
  readonly #impatientAt: number
  #hookEnded = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: WorkerDrainOptions) {
    this.#options = options
    this.#impatientAt = performance.now() + options.timeoutMs * PATIENCE
    options.work.shut()
    void this.#runHook()
    void this.#look()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #runHook(): Promise<void> {
    const { onDrain, hookName, timeoutMs } = this.#options
    try {
      await onDrain?.({ timeoutMs })
    } catch (error) {
      // Thrown on, it would end the process, and with it the requests that are still served.
      process.emitWarning(`${hookName} failed: ${describe(error)}`)
    }
    this.#hookEnded = true
  }

  async #look(): Promise<void> {
    const { work, closeIdleAfter, done } = this.#options
    work.closeIdle(performance.now() < this.#impatientAt ? closeIdleAfter : 0)
    const ended = this.#hookEnded && !(await work.busy())
    if (this.#closed) return
    if (ended) done()
    else this.#timer = setTimeout(() => void this.#look(), LOOK_MS).unref()
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error)
}
