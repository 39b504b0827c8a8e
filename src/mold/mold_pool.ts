import { EventEmitter } from 'node:events'
import { SmemError } from '../errors.ts'
import type { PoolWorker, RollOutcome, WorkerPool } from '../pool/index.ts'
import type { ForkSupport } from '../fork/index.ts'
import { sweepLeftovers } from './leftovers.ts'
import { checkMoldPool, type CheckedMoldPool, type MoldPoolOptions } from './mold_pool_options.ts'
import { findUnattended, listenAll, removeFileOf } from './pool_sockets.ts'
import type { ListeningSocket } from './sockets.ts'
import { readStatus, type MoldPoolStatus } from './status.ts'
import { Supervisor, type Refork, type SupervisorEvents } from './supervisor/index.ts'
import { tryMolds } from './trial.ts'

type Listener = (...event: unknown[]) => void

/** Where a pool listens. */
export type MoldAddress = { readonly port: number } | { readonly path: string }

/**
 * Workers that are copies of one warm process, and share its memory until they write to it. This process supervises them, binds the
 * sockets that they accept from, and runs nothing of the application. `roll()` and `refork()` make the warmest worker the process
 * of which all others are copied anew. Experimental. x86-64 Linux with glibc; see `mode` for others.
 */
export class MoldPool extends EventEmitter implements WorkerPool, AsyncDisposable {
  readonly kind = 'mold'
  readonly replaces = true
  /** Where it listens, in the order of `listen`; of port 0 the one that the system has chosen. */
  readonly addresses: readonly MoldAddress[]
  /** Whether workers are copies of a mold. */
  readonly copies: boolean
  /** Why they are not, in mode `auto`; undefined when they are, and when they were not wanted to be. */
  readonly obstacle: string | undefined
  readonly #supervisor: Supervisor
  readonly #sockets: readonly ListeningSocket[]
  #closing: Promise<void> | undefined

  private constructor(options: CheckedMoldPool, sockets: readonly ListeningSocket[], support: ForkSupport | undefined) {
    super()
    const copies = support?.supported === true
    this.#sockets = sockets
    this.copies = copies
    this.obstacle = copies ? undefined : support?.detail
    this.addresses = sockets.map(({ port, path }) => (path === undefined ? { port: port ?? 0 } : { path }))
    this.#supervisor = new Supervisor(options, sockets, copies, (name, ...event) => {
      this.emit(name, ...event)
    })
  }

  /**
   * Loads the application and starts the workers. Resolves when all of them serve. `begun` is given the pool before: whoever cannot
   * wait for what the `signal` of the options ends gently can `kill()` it.
   *
   * @throws {TypeError} on options that make no sense
   * @throws {SmemError} `EADDRINUSE` and others of bind(2); `ERR_FORK_UNSUPPORTED` in mode `cow` where processes cannot be copied;
   *   `EPERM` when this process may not start others as `uid`
   * @throws {Error} when the application cannot be loaded, or does not start in the workers, and the reason of `signal`; nothing is
   *   left running then
   */
  static async start(options: MoldPoolOptions, begun: (pool: MoldPool) => void = () => undefined): Promise<MoldPool> {
    const checked = checkMoldPool(options)
    const { mode, signal } = checked
    signal?.throwIfAborted()
    const support = mode === 'spawn' ? undefined : await tryMolds(checked)
    if (mode === 'cow' && support?.supported !== true) {
      throw new SmemError('ERR_FORK_UNSUPPORTED', `no copies of processes can be made here: ${support?.detail}; `
        + "mode 'auto' or 'spawn' has each worker load the application by itself")
    }
    await sweepLeftovers()
    const pool = new MoldPool(checked, await listenAll(checked), support)
    try {
      begun(pool)
      await unlessAborted(signal, () => pool.#start(checked))
    } catch (error) {
      await pool.close()
      throw error
    }
    const warnings = pool.#unattended()
    if (pool.obstacle !== undefined) {
      warnings.push(`workers share no memory: no copies of processes can be made here: ${pool.obstacle}`)
    }
    process.nextTick(() => warnings.forEach((warning) => pool.emit('warning', warning)))
    return pool
  }

  get size(): number {
    return this.#supervisor.engine.size
  }

  get generation(): number {
    return this.#supervisor.engine.generation
  }

  /** The mold's; undefined while there is none. */
  get primaryPid(): number | undefined {
    return this.#supervisor.molds.office?.pid
  }

  workers(): readonly PoolWorker[] {
    return this.#supervisor.engine.workers().filter(({ pid }) => pid !== 0)
  }

  override on<Name extends keyof SupervisorEvents>(name: Name, listener: (...event: SupervisorEvents[Name]) => void): this {
    return super.on(name, listener as Listener)
  }

  override once<Name extends keyof SupervisorEvents>(
    name: Name, listener: (...event: SupervisorEvents[Name]) => void,
  ): this {
    return super.once(name, listener as Listener)
  }

  override off<Name extends keyof SupervisorEvents>(name: Name, listener: (...event: SupervisorEvents[Name]) => void): this {
    return super.off(name, listener as Listener)
  }

  recycle(id: number): Promise<RollOutcome> {
    this.#supervisor.tickSoon()
    return this.#supervisor.engine.recycle(id)
  }

  /** As `refork`; where workers are no copies, each is replaced by a new one. */
  async roll(): Promise<RollOutcome> {
    if (this.copies) return (await this.#supervisor.reforks.refork()).outcome
    this.#supervisor.tickSoon()
    return this.#supervisor.engine.roll()
  }

  /**
   * Makes the warmest worker the mold of the next generation, tries a copy of it, and replaces all workers by copies of it. Comes
   * to nothing, with the reason, when any of it fails: then the old generation serves on. One at a time.
   *
   * @throws {SmemError} `ERR_FORK_UNSUPPORTED` where workers are no copies
   */
  async refork(): Promise<Refork> {
    if (!this.copies) throw new SmemError('ERR_FORK_UNSUPPORTED', 'the workers of this pool are no copies of a mold')
    return this.#supervisor.reforks.refork()
  }

  stopRolling(): void {
    this.#supervisor.reforks.stop()
    this.#supervisor.engine.stopRolling()
    this.#supervisor.tickSoon()
  }

  /** What each process is, does and uses. Reads a rollup of each, which costs some milliseconds for each GB. */
  async status(): Promise<MoldPoolStatus> {
    return { copies: this.copies, obstacle: this.obstacle, ...await readStatus(this.#supervisor) }
  }

  /** Ends all workers when they have finished their work, and the mold. Resolves when nothing of the pool is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /**
   * Ends all at once, by SIGKILL, also while `close()` waits for the last of them. What that loses: requests that are under way get
   * no answer and their connections are cut, and nothing of the application runs any more, neither `drain` nor `close` nor handlers
   * of 'exit'. Resolves when nothing of the pool is left.
   */
  async kill(): Promise<void> {
    await this.#supervisor.kill()
    await this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #start({ workers, limits }: CheckedMoldPool): Promise<void> {
    await this.#supervisor.start()
    await new Promise<void>((resolve, reject) => {
      let failures = 0
      const end = (settle: () => void) => {
        this.off('ready', onReady).off('startFailed', onFailed)
        settle()
      }
      const onReady = (): void => {
        if (this.workers().filter(({ state }) => state === 'serving').length >= workers) end(resolve)
      }
      const onFailed = ({ reason }: SupervisorEvents['startFailed'][0]): void => {
        const hint = NO_SOCKET.test(reason) ? '; "listen" of MoldPool.start must have one for each that the application takes' : ''
        if (++failures < limits.maxStartFailures && hint === '') return
        end(() => reject(new Error(`the workers do not start: ${reason}${hint}`)))
      }
      this.on('ready', onReady).on('startFailed', onFailed)
    })
  }

  /** What is wrong with sockets that no worker listens on. */
  #unattended(): string[] {
    const serving = this.workers().filter(({ state }) => state === 'serving')
    return findUnattended(this.#sockets, serving.map(({ pid }) => pid)).map((socket) => {
      const { port, path } = socket
      const which = this.#sockets.indexOf(socket)
      return `nobody accepts from ${path ?? `port ${port}`}, and clients wait there: start() of the application has not called `
        + `worker.listen(server${which === 0 ? '' : `, ${which}`})`
    })
  }

  async #close(): Promise<void> {
    const stop = (): Promise<unknown> => Promise.all(this.#sockets.map((socket) => socket.stop()))
    // In this order: once nobody listens there, another pool may put its own file in the place.
    for (const socket of this.#sockets) removeFileOf(socket)
    await stop()
    // A worker that is just starting has them listen again.
    const again = setInterval(() => void stop(), STOP_AGAIN_MS)
    try {
      await this.#supervisor.close()
    } finally {
      clearInterval(again)
    }
    for (const socket of this.#sockets) socket.close()
  }
}

const STOP_AGAIN_MS = 100
/** What worker.listen says, and will say of every worker. */
const NO_SOCKET = /worker\.listen: the pool has \d+ listening sockets/

/** As the action; rejects with the signal's reason as soon as that aborts. */
async function unlessAborted(signal: AbortSignal | undefined, action: () => Promise<void>): Promise<void> {
  if (signal === undefined) return action()
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort)
  })
  try {
    signal.throwIfAborted()
    const done = action()
    done.catch(() => undefined)
    await Promise.race([done, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
