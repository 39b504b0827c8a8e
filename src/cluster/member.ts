import type { Address, Cluster, Worker } from 'node:cluster'
import type { ReadyMode } from './cluster_pool_options.ts'
import { HandedOver } from './handed_over.ts'
import { envelope, type PrimaryMessage, type WorkerMessage } from './protocol.ts'
import { Readiness } from './readiness.ts'

/** How often workers tell of themselves. */
const REPORT_EVERY_MS = 1000 * 2

export interface MemberOptions {
  readonly mode: ReadyMode
  /** Called once. */
  readonly onReady: () => void
  /** The process could not be started or reached. */
  readonly onError: (error: Error) => void
}

/** A worker of a ClusterPool: what it has said, and how it is told to end. */
export class Member {
  readonly readiness: Readiness
  /** The pool has asked it to end. */
  asked = false
  /** It was one too many when it came. */
  surplus = false
  /** The worker itself has said that it leaves: `cluster.worker.disconnect()`, not `worker.disconnect()` of the primary. */
  leaves = false
  /** Its channel has ended, or its process. */
  isOver = false
  readonly #worker: Worker
  readonly #options: MemberOptions
  readonly #handedOver: HandedOver
  /** It has the worker half. */
  #half = false
  /** It says itself when it is ready. */
  #manual = false
  #ready = false

  constructor(worker: Worker, options: MemberOptions) {
    this.#worker = worker
    this.#options = options
    this.readiness = new Readiness(() => this.#becomeReady())
    this.#handedOver = new HandedOver(worker.process)
    worker.on('error', this.#onError)
    worker.process.on('internalMessage', this.#onInternal)
  }

  get pid(): number {
    return this.#worker.process.pid ?? 0
  }

  /** Whether a worker that was forked before the pool was there is ready, as far as its state shows. */
  readyAlready(): boolean {
    const { mode } = this.#options
    const state = stateOf(this.#worker)
    this.#ready = mode !== 'message' && (state === 'listening' || (mode === 'online' && state === 'online'))
    return this.#ready
  }

  /** Has a worker half that is there already say so again. One that is not there yet will say so by itself. */
  greet(): void {
    const state = stateOf(this.#worker)
    if (state === 'online' || state === 'listening') this.#welcome()
  }

  online(): void {
    if (this.#options.mode === 'online') this.#becomeReady()
  }

  listening(address: Address, serving: Iterable<Readiness>): void {
    if (this.#options.mode === 'listening' && !this.#manual) this.readiness.listening(address, serving)
  }

  hear(message: WorkerMessage): void {
    if (message.type === 'hello') {
      if (!this.#half) this.#welcome()
      this.#half = true
      this.#manual = message.manual
    } else if (message.type === 'detached') {
      this.#half = false
      // It may have gone before it could hear that it is to drain.
      if (this.asked && this.#worker.isConnected()) this.#worker.disconnect()
    }
    if (message.type === 'ready' || (message.type === 'hello' && message.ready)) this.#becomeReady()
  }

  /** Asks it to take no new work, to finish what it has, and to end. */
  drain(timeoutMs: number): void {
    this.asked = true
    if (!this.#worker.isConnected() || this.surplus) return
    if (!this.#half) {
      this.#worker.disconnect()
      return
    }
    // Handlers of 'exit' that fork unless a worker went of its own accord look at this.
    this.#worker.exitedAfterDisconnect = true
    this.#send({ type: 'drain', timeoutMs })
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.asked = true
    this.#worker.exitedAfterDisconnect = true
    this.#worker.process.kill(signal)
  }

  /** Undoes a cluster.fork() that has brought no process. */
  discard(cluster: Cluster): void {
    if (this.#worker.process.connected) this.#worker.process.disconnect()
    if (cluster.workers) Reflect.deleteProperty(cluster.workers, this.#worker.id)
    this.readiness.close()
  }

  /** Its process has ended. Its channel may not have, and has its say. */
  ended(): void {
    this.readiness.close()
  }

  /** The pool lets go of it. */
  close(): void {
    this.ended()
    this.#handedOver.close()
    this.#worker.off('error', this.#onError)
    this.#worker.process.off('internalMessage', this.#onInternal)
  }

  readonly #onInternal = (message: { readonly cmd?: unknown, readonly act?: unknown }): void => {
    if (message.cmd === 'NODE_CLUSTER' && message.act === 'exitedAfterDisconnect') this.leaves = true
  }

  readonly #onError = (error: Error): void => {
    // One that was asked to end may have ended before the last thing it was sent.
    if (!this.asked) this.#options.onError(error)
  }

  #becomeReady(): void {
    if (this.#ready || this.asked) return
    this.#ready = true
    this.#options.onReady()
  }

  #welcome(): void {
    this.#send({ type: 'welcome', reportEveryMs: REPORT_EVERY_MS })
  }

  #send(message: PrimaryMessage): void {
    // One that cannot be told any more ends, or is ended by its deadlines.
    this.#worker.send(envelope(message), undefined, undefined, () => undefined)
  }
}

/** 'online', 'listening', ...: node:cluster keeps it, and its types do not name it. */
function stateOf(worker: Worker): string | undefined {
  return (worker as Worker & { readonly state?: string }).state
}
