import { inspect } from 'node:util'
import { messageOf } from '../../errors.ts'
import { runHooks } from '../../fork/index.ts'
import { appOf, type MoldApp } from '../app.ts'
import {
  childMark, connectToSupervisor, cut, type ForkRequest, type ProcessMessage, type SupervisorConnection, type SupervisorMessage,
} from '../control/index.ts'
import { findProblems } from './canary.ts'
import { collectGarbage } from './collect_garbage.ts'
import { endAsCopy } from './end_as_copy.ts'
import { MoldRole } from './mold_role.ts'
import { settledObstacles } from './obstacles.ts'
import { clearAfterSupervisor, endAfterSupervisor } from './orphan.ts'
import { flushOutput } from './output.ts'
import type { Identity, ProcessSetup } from './setup.ts'
import { WorkerRole } from './worker_role.ts'

const FAILED = 1
const TERMINATED = 128 + 15

/**
 * A process of the pool from its start, or from its fork, to its end: mold, worker and canary, and the ways from one to another.
 * All that it has to say goes to the supervisor; when that is gone a mold ends at once, and a worker when it has finished its work.
 */
export class AppProcess {
  readonly #setup: ProcessSetup
  readonly #sockets: readonly number[]
  #identity: Identity
  #connection: SupervisorConnection | undefined
  #app: MoldApp | undefined
  #loaded: unknown
  #worker: WorkerRole | undefined
  #mold: MoldRole | undefined
  /** A copy in which the application has not been started. */
  #isBareCopy = false
  /** Told once, with the hello: before there is a worker to tell it, as a rule. */
  #reportEveryMs: number | undefined
  #isLeaving = false

  constructor(setup: ProcessSetup, identity: Identity, sockets: readonly number[]) {
    this.#setup = setup
    this.#identity = identity
    this.#sockets = sockets
  }

  /** Loads the application and takes up the role. Never rejects: it ends the process when that fails. */
  async boot(): Promise<void> {
    endAfterSupervisor(this.#setup.drainMs)
    // Ctrl+C goes to every process of a terminal, and so does its end; it is the supervisor who ends the others.
    for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined)
    process.on('SIGTERM', () => this.#terminated())
    this.#setTitle()
    await this.#try('the connection to the supervisor', () => this.#connect())
    const app = await this.#try('the application', async () => (
      appOf(await import(this.#setup.app) as Readonly<Record<string, unknown>>, this.#setup.app)))
    this.#app = app
    this.#loaded = await this.#try('load() of the application', () => app.load())
    await this.#try('warm() of the application', () => app.warm?.(this.#loaded))
    if (this.#identity.role === 'mold') {
      this.#becomeMold()
      collectGarbage()
      this.#say({ type: 'loaded' })
    } else {
      await this.#becomeWorker()
    }
  }

  async #connect(): Promise<void> {
    const { control, token } = this.#setup
    const hello = { type: 'hello', token, ...this.#identity, pid: process.pid } as const
    this.#connection = await connectToSupervisor(control, hello, {
      message: (message) => this.#obey(message),
      closed: () => void this.#orphaned(),
    })
  }

  #obey(message: SupervisorMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#reportEveryMs = message.reportEveryMs
        this.#worker?.reportEvery(message.reportEveryMs)
        return
      case 'fork':
        this.#renumber(message)
        this.#mold?.fork(message)
        return
      case 'drain':
        void this.#leave(message.timeoutMs)
        return
      case 'promote':
        void this.#promote(message.generation, message.timeoutMs)
        return
      case 'exit':
        // One that was to be a mold may have work left.
        if (this.#worker !== undefined) void this.#leave(this.#setup.drainMs)
        else void flushOutput().then(() => this.#exit(0))
    }
  }

  async #becomeWorker(): Promise<void> {
    const app = this.#app ?? raise('no application')
    const worker = new WorkerRole({
      identity: this.#identity, app, loaded: this.#loaded, sockets: this.#sockets, backlogs: this.#setup.backlogs,
      closeIdleAfter: this.#setup.closeIdleMs, say: (message) => this.#say(message),
    })
    this.#worker = worker
    this.#isBareCopy = false
    if (this.#reportEveryMs !== undefined) worker.reportEvery(this.#reportEveryMs)
    await this.#try('start() of the application', () => worker.start())
    this.#say({ type: 'ready' })
  }

  #becomeMold(): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#mold = new MoldRole({
      childMark: childMark(this.#setup.token, this.#identity.id), connection, sockets: this.#sockets,
      onChild: (request) => void this.#becomeChild(request),
    })
  }

  /** In a forked child, where everything is as it was in the mold. */
  async #becomeChild({ id, slot, generation, role }: ForkRequest): Promise<void> {
    this.#isBareCopy = true
    endAfterSupervisor(this.#setup.drainMs)
    // Before anything else: what comes over it is for the mold.
    this.#connection?.close()
    this.#connection = undefined
    this.#mold = undefined
    this.#reportEveryMs = undefined
    this.#identity = { role, id, slot, generation }
    await this.#try('the connection to the supervisor', () => this.#connect())
    // Not before: until now it is known by the name that it has from its mold.
    this.#setTitle()
    await this.#try('the child', (stage) => runHooks('afterFork', stage))
    if (role === 'worker') await this.#becomeWorker()
    else await this.#becomeCanary()
  }

  async #becomeCanary(): Promise<void> {
    const app = this.#app ?? raise('no application')
    // The supervisor ends it: an end that is seen before what was said is heard would be a failure.
    this.#say({ type: 'checked', problems: await findProblems(app, this.#loaded, (what) => this.#stage(what)) })
  }

  async #promote(generation: number, timeoutMs: number): Promise<void> {
    const worker = this.#worker
    if (worker === undefined || worker.draining || this.#isLeaving) return
    // When it takes too long it is told to end, and ends by another way than this one.
    await worker.drain(timeoutMs)
    if (this.#isLeaving) return
    await this.#try('close() of the application', () => worker.close())
    if (this.#isLeaving) return
    await this.#try('the promotion', (stage) => runHooks('beforePromote', stage))
    if (this.#isLeaving) return
    this.#worker = undefined
    this.#identity = { ...this.#identity, role: 'mold', generation }
    this.#setTitle()
    this.#becomeMold()
    await this.#try('the promotion', (stage) => runHooks('afterPromote', stage))
    collectGarbage()
    const obstacles = await settledObstacles(this.#connection, this.#sockets)
    if (obstacles.length > 0) this.#fail(`it is not safe to fork: ${obstacles.join('; ')}`, undefined)
    else this.#say({ type: 'promoted' })
  }

  /** Finishes the work that there is, and ends. */
  async #leave(timeoutMs: number): Promise<void> {
    if (this.#isLeaving) return
    this.#isLeaving = true
    await this.#worker?.drain(timeoutMs)
    this.#worker?.report() // with the last requests
    this.#say({ type: 'drained' })
    try {
      await this.#worker?.close()
    } catch (error) {
      this.#say({ type: 'warning', warning: cut(`close() of the application failed: ${messageOf(error)}`) })
    }
    await this.#connection?.flushed()
    await flushOutput()
    this.#exit(0)
  }

  /** A second one does not wait, nor does one to a process that serves nothing. */
  #terminated(): void {
    if (this.#worker === undefined || this.#isLeaving) this.#exit(TERMINATED)
    void this.#leave(this.#setup.drainMs)
  }

  /** The supervisor is gone, or has nothing to do with this process any more. */
  async #orphaned(): Promise<void> {
    await clearAfterSupervisor(this.#setup.control, this.#sockets)
    if (this.#worker === undefined) this.#exit(0)
    setTimeout(() => this.#exit(0), this.#setup.drainMs).unref()
    await this.#leave(this.#setup.drainMs)
  }

  /** What fails while this process ends has no say any more: the returned promise is never settled. */
  async #try<Result>(what: string, action: (stage: (text: string) => void) => Result | Promise<Result>): Promise<Result> {
    this.#stage(what)
    try {
      return await action((text) => this.#stage(text))
    } catch (error) {
      if (!this.#isLeaving) this.#fail(`${what} failed: ${messageOf(error)}`, error)
      return new Promise(() => undefined)
    }
  }

  #fail(reason: string, error: unknown): void {
    this.#isLeaving = true
    if (error instanceof Error) console.error(cut(inspect(error)))
    this.#say({ type: 'failed', reason: cut(reason) })
    void Promise.all([this.#connection?.flushed(), flushOutput()]).then(() => this.#exit(FAILED))
  }

  /** What the application has to do at its end is for processes in which it was started: a bare copy would do it to their files. */
  #exit(code: number): never {
    return this.#isBareCopy ? endAsCopy(code) : process.exit(code)
  }

  /** What it does from now on, told in case that it never comes to an end. */
  #stage(what: string): void {
    this.#say({ type: 'stage', stage: cut(what) })
  }

  #say(message: ProcessMessage): void {
    this.#connection?.send(message)
  }

  /** After a roll back the mold is older than what it forks: workers are of the generation of their mold. */
  #renumber({ role, generation }: ForkRequest): void {
    if (role !== 'worker' || generation <= this.#identity.generation) return
    this.#identity = { ...this.#identity, generation }
    this.#setTitle()
  }

  #setTitle(): void {
    const { role, slot, generation } = this.#identity
    process.title = `${this.#setup.title}: ${role === 'worker' ? `worker ${slot}` : role} gen ${generation}`
  }
}

function raise(reason: string): never {
  throw new Error(reason)
}
