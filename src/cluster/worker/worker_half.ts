import cluster from 'node:cluster'
import type { Server } from 'node:net'
import { checkOneOf, checkOptions, show, toMilliseconds, type Duration } from '../../options.ts'
import { heapFigures, ServedWork, WorkerDrain } from '../../serving/index.ts'
import { envelope, parsePrimaryMessage, type WorkerMessage } from '../protocol.ts'

export interface AttachWorkerOptions {
  /** Servers (http, https, http2, net) to close when draining. Others are found by the connections that come in through them. */
  servers?: Iterable<Server>
  /** `listening`: ready as soon as it listens. `manual`: ready when it calls `ready()`. @default 'listening' */
  ready?: 'listening' | 'manual'
  /**
   * Called once when the worker is to end: ends what does not end by itself, as server-sent events, WebSockets and jobs. The worker
   * ends when the promise is settled and no connection is left.
   */
  onDrain?: (info: DrainInfo) => void | Promise<void>
  /** While draining, connections that are idle for this long are closed. @default the server's keepAliveTimeout and a second */
  closeIdleAfter?: Duration
}

export interface DrainInfo {
  /** Milliseconds until the primary sends SIGTERM. */
  readonly timeoutMs: number
}

/** The worker half, as `attachWorker` returns it. */
export interface AttachedWorker extends Disposable {
  /** false in a process that is no worker of a cluster: nothing is counted or drained there. */
  readonly attached: boolean
  /** The primary has asked the worker to end. */
  readonly draining: boolean
  /** HTTP requests since `attachWorker`. */
  readonly requests: number
  /** Tells the primary that the worker takes work. */
  ready(): void
  /** Takes it all back: from then on the primary treats the worker as one without a worker half. */
  close(): void
}

let current: WorkerHalf | undefined

/**
 * Makes a worker of node:cluster end without losing a request when a `ClusterPool` in the primary replaces it, and tell the primary
 * how many requests it has served and what V8 says of its heap. To be called early, before the servers listen.
 *
 * @throws {TypeError} on options that make no sense
 * @throws {Error} when it was called before, and `close()` was not
 */
export function attachWorker(options: AttachWorkerOptions = {}): AttachedWorker {
  const checked = checkAttachOptions(options)
  if (!cluster.isWorker || !process.connected) return NOT_ATTACHED
  if (current) throw new Error('attachWorker was called before in this process: call close() on what it returned, or use that')
  current = new WorkerHalf(checked)
  return current
}

const NOT_ATTACHED: AttachedWorker = {
  attached: false,
  draining: false,
  requests: 0,
  ready: () => undefined,
  close: () => undefined,
  [Symbol.dispose]: () => undefined,
}

interface CheckedOptions {
  readonly servers: readonly Server[]
  readonly manual: boolean
  readonly onDrain: AttachWorkerOptions['onDrain']
  /** Milliseconds; undefined for the servers' own. */
  readonly closeIdleAfter: number | undefined
}

function checkAttachOptions(options: AttachWorkerOptions): CheckedOptions {
  checkOptions(options, ['servers', 'ready', 'onDrain', 'closeIdleAfter'], 'attachWorker')
  const { servers = [], ready = 'listening', onDrain, closeIdleAfter } = options
  checkOneOf(ready, 'ready', ['listening', 'manual'])
  if (onDrain !== undefined && typeof onDrain !== 'function') {
    throw new TypeError(`"onDrain" must be a function, got ${show(onDrain)}`)
  }
  if (servers === null || typeof servers !== 'object' || !(Symbol.iterator in servers)) {
    throw new TypeError(`"servers" must be an array of servers, got ${show(servers)}`)
  }
  const list = [...servers]
  const stranger = list.find((server) => typeof server?.getConnections !== 'function')
  if (stranger !== undefined || list.includes(undefined as never)) {
    throw new TypeError(`"servers" must be servers of node:http, https, http2 or net, got ${show(stranger)}`)
  }
  return {
    servers: list,
    manual: ready === 'manual',
    onDrain,
    closeIdleAfter: closeIdleAfter === undefined ? undefined : toMilliseconds(closeIdleAfter, 'closeIdleAfter'),
  }
}

class WorkerHalf implements AttachedWorker {
  readonly attached = true
  readonly #options: CheckedOptions
  readonly #work: ServedWork
  #drain: WorkerDrain | undefined
  #ready = false
  #reports: NodeJS.Timeout | undefined

  constructor(options: CheckedOptions) {
    this.#options = options
    this.#work = new ServedWork(options.servers)
    process.on('message', this.#hear)
    this.#hello()
  }

  get draining(): boolean {
    return this.#drain !== undefined
  }

  get requests(): number {
    return this.#work.requests
  }

  ready(): void {
    this.#ready = true
    say({ type: 'ready' })
  }

  close(): void {
    if (current !== this) return
    current = undefined
    process.off('message', this.#hear)
    clearInterval(this.#reports)
    this.#drain?.close()
    this.#work.close()
    say({ type: 'detached' })
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #hello(): void {
    say({ type: 'hello', manual: this.#options.manual, ready: this.#ready })
  }

  readonly #hear = (value: unknown): void => {
    const message = parsePrimaryMessage(value)
    if (message?.type === 'welcome') this.#reportEvery(message.reportEveryMs)
    if (message?.type === 'drain') this.#end(message.timeoutMs)
  }

  #reportEvery(intervalMs: number): void {
    // A primary that has begun to listen only now has not heard the first one.
    if (this.#reports === undefined) this.#hello()
    clearInterval(this.#reports)
    this.#reports = setInterval(() => this.#report(), intervalMs).unref()
  }

  #report(): void {
    say({ type: 'report', requests: this.requests, heap: heapFigures() })
  }

  #end(timeoutMs: number): void {
    if (this.#drain) return // a drain is asked for again when the primary cannot know that it was heard
    const { onDrain, closeIdleAfter } = this.#options
    this.#drain = new WorkerDrain({
      work: this.#work, onDrain, hookName: 'onDrain of attachWorker', closeIdleAfter, timeoutMs, done: () => this.#leave(),
    })
  }

  #leave(): void {
    this.#report() // with the last requests
    say({ type: 'drained' })
    // Closes whatever still listens, and has the primary acknowledge it: connections on their way until then are refused, not lost.
    cluster.worker?.disconnect()
  }
}

/** The primary may be gone; then nobody needs to hear it. */
function say(message: WorkerMessage): void {
  if (process.connected) process.send?.(envelope(message), undefined, undefined, () => undefined)
}
