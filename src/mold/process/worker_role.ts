import { closeSync } from 'node:fs'
import type { Server } from 'node:net'
import { backend } from '../../native/index.ts'
import { show } from '../../options.ts'
import { lastingHazards } from '../../fork/index.ts'
import { heapFigures, ServedWork, WorkerDrain } from '../../serving/index.ts'
import type { MoldApp, MoldWorker, StartedApp } from '../app.ts'
import { cut, type ProcessMessage } from '../control/index.ts'
import { duplicateDescriptor } from '../sockets.ts'
import type { Identity } from './setup.ts'

export interface WorkerRoleOptions {
  readonly identity: Identity
  readonly app: MoldApp
  readonly loaded: unknown
  readonly sockets: readonly number[]
  readonly backlogs: readonly number[]
  /** Milliseconds; undefined for the servers' own time. */
  readonly closeIdleAfter: number | undefined
  readonly say: (message: ProcessMessage) => void
}

/** What a process does as a worker: from `start` of the application until its work has ended. */
export class WorkerRole implements MoldWorker {
  readonly id: number
  readonly slot: number
  readonly generation: number
  readonly #options: WorkerRoleOptions
  readonly #work = new ServedWork([])
  readonly #servers = new Set<Server>()
  readonly #taken = new Set<number>()
  /** undefined until `start` of the application is settled. */
  #started: StartedApp | undefined
  #drained: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #reports: NodeJS.Timeout | undefined

  constructor(options: WorkerRoleOptions) {
    ({ id: this.id, slot: this.slot, generation: this.generation } = options.identity)
    this.#options = options
  }

  get draining(): boolean {
    return this.#drained !== undefined
  }

  /** Runs `start` of the application. Rejects with what it throws. */
  async start(): Promise<void> {
    const { app, loaded } = this.#options
    this.#started = checkStarted(await app.start(loaded, this))
  }

  async listen(server: Server, which = 0): Promise<void> {
    const { sockets, backlogs } = this.#options
    const socket = sockets[which]
    if (socket === undefined) {
      throw new RangeError(`worker.listen: the pool has ${sockets.length} listening sockets, from 0 on, and no ${show(which)}`)
    }
    if (typeof (server as Partial<Server> | undefined)?.listen !== 'function') {
      throw new TypeError(`worker.listen takes a server of node:http, https, http2 or net, got ${show(server)}`)
    }
    const fd = this.#descriptorFor(socket, which)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      try {
        server.listen({ fd, backlog: backlogs[which] }, () => {
          server.off('error', reject)
          resolve()
        })
      } catch (error) {
        server.off('error', reject)
        this.#giveBack(fd, socket)
        reject(error as Error)
      }
    })
    this.#servers.add(server)
    this.#work.add(server)
  }

  /** A server closes what it listens on, and the next generation is to listen there too. Without the addon there is none. */
  #descriptorFor(socket: number, which: number): number {
    if (backend().sockets !== undefined) return duplicateDescriptor(socket)
    if (this.#taken.has(socket)) {
      throw new Error(`worker.listen: without the addon, only one server can listen on socket ${which} of the pool`)
    }
    this.#taken.add(socket)
    return socket
  }

  /** The server has not taken it. One that has, and fails to listen, closes it, and the number may be another's by now. */
  #giveBack(fd: number, socket: number): void {
    if (fd === socket) this.#taken.delete(socket)
    else closeSync(fd)
  }

  reportEvery(intervalMs: number): void {
    clearInterval(this.#reports)
    this.#reports = setInterval(() => this.report(), intervalMs).unref()
    this.report()
  }

  report(): void {
    this.#options.say({
      type: 'report', requests: this.#work.requests, heap: heapFigures(), unsafe: lastingHazards().map(({ text }) => cut(text)),
    })
  }

  /**
   * Takes no new work; resolves when what there is has been finished, however long that takes. A `start` that is not over is not
   * waited for.
   */
  drain(timeoutMs: number): Promise<void> {
    this.#drained ??= this.#drain(timeoutMs)
    return this.#drained
  }

  async #drain(timeoutMs: number): Promise<void> {
    await new Promise<void>((done) => new WorkerDrain({
      work: this.#work, closeIdleAfter: this.#options.closeIdleAfter, timeoutMs, done,
      onDrain: (info) => this.#started?.drain?.(info),
      hookName: 'drain() of the application',
    }))
  }

  /**
   * After the drain: takes back all that `start` and `listen` have done, once, whoever asks. Rejects with what `close` of the
   * application throws.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    clearInterval(this.#reports)
    try {
      await this.#started?.close?.()
    } catch (error) {
      // Of `await server.close()`: it is closed already.
      if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SERVER_NOT_RUNNING') throw error
    }
    // Has servers of HTTP let go of the timers that they keep.
    for (const server of this.#servers) if ('closeIdleConnections' in server) server.close()
    this.#servers.clear()
    this.#work.close()
  }
}

function checkStarted(started: unknown): StartedApp {
  if (started === undefined || started === null) return {}
  if (typeof started !== 'object') throw new TypeError(`start() of the application must return { close }, got ${show(started)}`)
  for (const name of ['close', 'drain'] as const) {
    const method = (started as StartedApp)[name]
    if (method === undefined || typeof method === 'function') continue
    throw new TypeError(`"${name}" of what start() of the application returns must be a function, got ${show(method)}`)
  }
  return started
}
