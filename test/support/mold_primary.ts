/** Runs test/mold/apps/primary.ts, a supervisor in a process of its own, with its mold and its workers. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { MoldPoolEvents, MoldPoolOptions, MoldPoolStatus, PoolWorker, Refork, RollOutcome } from '../../src/mold.ts'
import type { WatchdogOptions } from '../../src/watchdog.ts'
import type { MoldCommand } from '../mold/apps/primary.ts'
import { bundleMold } from './mold_bundle.ts'
import { statFields } from './programs.ts'
import { waitFor, within } from './wait_for.ts'

const START_MS = 1000 * 60
const ANSWER_MS = 1000 * 60
const END_MS = 1000 * 30

export interface MoldEvent {
  readonly name: keyof MoldPoolEvents | 'decision' | 'effect'
  readonly payload: unknown
}

export interface MoldPrimaryOptions extends Partial<Omit<MoldPoolOptions, 'app'>> {
  /** Faults that are there from the beginning. */
  readonly faults?: readonly string[]
  /** Added to the environment of the supervisor, and so of the others. */
  readonly primaryEnv?: NodeJS.ProcessEnv
  /** Of a watchdog over the pool. @default none */
  readonly watchdog?: WatchdogOptions
}

const running = new Set<MoldPrimary>()

export class MoldPrimary {
  readonly child: ChildProcess
  readonly events: MoldEvent[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'smem-ts-mold-test-'))
  port = 0
  failure: { readonly message: string; readonly code?: string } | undefined
  stderr = ''
  #number = 0
  readonly #answers = new Map<number, (result: unknown) => void>()
  /** Of all processes of the pool that were ever seen. */
  readonly #pids = new Set<number>()

  private constructor(primary: string, options: MoldPoolOptions, { faults = [], primaryEnv = {}, watchdog }: MoldPrimaryOptions) {
    for (const fault of faults) this.break(fault)
    const setup = { ...options, env: { APP_FOLDER: this.#folder, ...options.env } }
    const watching = watchdog === undefined ? [] : [JSON.stringify(watchdog)]
    this.child = fork(primary, [JSON.stringify(setup), ...watching], {
      execArgv: [], stdio: ['ignore', 'inherit', 'pipe', 'ipc'], env: { ...process.env, ...primaryEnv },
    })
    running.add(this)
    this.child.stderr?.setEncoding('utf8').on('data', (piece: string) => (this.stderr += piece))
    this.child.on('message', (message: {
      started?: readonly { port?: number }[]; failed?: MoldPrimary['failure']; event?: MoldEvent; answer?: number; result?: unknown
    }) => {
      if (message.started) this.port = message.started[0]?.port ?? 1
      if (message.failed) this.failure = message.failed
      if (message.event) this.events.push(message.event)
      if (message.answer !== undefined) this.#answers.get(message.answer)?.(message.result)
    })
  }

  /** Starts it and waits until all workers serve, or it has failed. */
  static async start({ faults = [], primaryEnv = {}, watchdog, ...options }: MoldPrimaryOptions = {}): Promise<MoldPrimary> {
    const { primary, app } = await bundleMold()
    const all = { app: app.href, workers: 2, listen: { port: 0, host: '127.0.0.1' }, execArgv: [], ...options }
    const started = new MoldPrimary(primary, all, { faults, primaryEnv, ...(watchdog === undefined ? {} : { watchdog }) })
    const isThere = (): boolean => started.port !== 0 || started.failure !== undefined || started.child.exitCode !== null
    await waitFor(isThere, START_MS, 'the pool is there').catch((error: Error) => {
      throw new Error(`${error.message}: ${started.stderr}`)
    })
    return started
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  break(fault: string): void {
    writeFileSync(join(this.#folder, fault), '')
  }

  mend(fault: string): void {
    rmSync(join(this.#folder, fault), { force: true })
  }

  /** The process that has come to a step of its application at which `wait-<step>` has it wait. */
  async waiting(step: string): Promise<number> {
    let pid = 0
    await waitFor(() => {
      pid = Number(readFileSync(join(this.#folder, `at-${step}`), { encoding: 'utf8', flag: 'a+' }))
      return pid !== 0
    }, END_MS, `a process comes to ${step}; ${JSON.stringify(this.events.slice(-8))} ${this.stderr.slice(-1500)}`)
    this.mend(`at-${step}`)
    return pid
  }

  count(name: MoldEvent['name']): number {
    return this.events.filter((event) => event.name === name).length
  }

  /** What came with the events of a name. */
  told<Payload>(name: MoldEvent['name']): Payload[] {
    return this.events.filter((event) => event.name === name).map(({ payload }) => payload as Payload)
  }

  warnings(): string[] {
    return this.told<string>('warning')
  }

  /** The processes that have noted something, one for each time; see the application. */
  notes(what: string): number[] {
    return this.stderr.split('\n').map((line) => line.split(' '))
      .filter(([note, its]) => note === 'note' && its === what).map(([, , pid]) => Number(pid))
  }

  refork(): Promise<Refork> {
    return this.#call('refork') as Promise<Refork>
  }

  roll(): Promise<RollOutcome> {
    return this.#call('roll') as Promise<RollOutcome>
  }

  recycle(id: number): Promise<RollOutcome> {
    return this.#call('recycle', id) as Promise<RollOutcome>
  }

  stopRolling(): Promise<unknown> {
    return this.#call('stopRolling')
  }

  workers(): Promise<readonly PoolWorker[]> {
    return this.#call('workers') as Promise<readonly PoolWorker[]>
  }

  status(): Promise<MoldPoolStatus> {
    return this.#call('status') as Promise<MoldPoolStatus>
  }

  mold(): Promise<number | undefined> {
    return this.#call('mold') as Promise<number | undefined>
  }

  footprint(): Promise<{ readonly descriptors: number; readonly mappings: number }> {
    return this.#call('footprint') as Promise<{ descriptors: number; mappings: number }>
  }

  /** The pid of a child of the supervisor that has nothing to do with its pool. */
  bystander(): Promise<number> {
    return this.#call('bystander') as Promise<number>
  }

  /** Ends the pool as its user does, and waits until the supervisor has ended, too. */
  async close(): Promise<void> {
    const ended = once(this.child, 'exit')
    this.child.send({ number: this.#number++, call: 'close' })
    await within(ended, END_MS, 'the supervisor ends when its pool is closed')
  }

  async get(path = '/'): Promise<string> {
    const request = http.get({ host: '127.0.0.1', port: this.port, path, agent: false })
    const [response] = await within(once(request, 'response') as Promise<[http.IncomingMessage]>, ANSWER_MS, `an answer to ${path}`)
    let body = ''
    for await (const piece of response) body += String(piece)
    return body
  }

  /** Pids of its children, by their state: what the kernel knows, not what the pool thinks. */
  children(): Map<number, string> {
    const children = new Map<number, string>()
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      const [state = '', parent] = statFields(Number(name)) ?? []
      if (Number(parent) === this.pid) children.set(Number(name), state)
    }
    for (const pid of children.keys()) this.#pids.add(pid)
    return children
  }

  /** `size` workers serve, of one generation, with a mold, and there is no other process than those that are named. */
  async isWhole(size = 2, molds = 1, others: readonly number[] = []): Promise<void> {
    const problem = async (): Promise<string> => {
      const [workers, mold] = [await this.workers(), await this.mold()]
      const children = this.children()
      const isWhole = workers.length === size && workers.every(({ state }) => state === 'serving')
        && new Set(workers.map(({ slot }) => slot)).size === size && new Set(workers.map(({ generation }) => generation)).size === 1
        && (molds === 0 || (mold !== undefined && children.has(mold))) && children.size === size + molds + others.length
        && workers.every(({ pid }) => children.has(pid)) && [...children.values()].every((state) => state !== 'Z')
      return isWhole ? '' : JSON.stringify({ workers, mold, children: [...children] })
    }
    let last = ''
    await waitFor(async () => (last = await problem()) === '', END_MS, 'the pool is whole').catch((error: Error) => {
      throw new Error(`${error.message}: ${last} ${JSON.stringify(this.events.slice(-12))} ${this.stderr.slice(-1500)}`)
    })
  }

  /** Nothing of the pool runs any more. */
  async isGone(): Promise<void> {
    const left = (): number[] => [...this.#pids].filter((pid) => isOurs(pid, this.#folder))
    await waitFor(() => left().length === 0, END_MS, 'all processes of the pool have ended')
  }

  /** Kills whatever is left. */
  async stop(): Promise<void> {
    running.delete(this)
    const control = [...this.children().keys()].map(controlOf).find((path) => path !== undefined)
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit')
      this.child.kill('SIGKILL')
      await within(ended, END_MS, 'the supervisor ends after SIGKILL')
    }
    for (const pid of this.#pids) if (isOurs(pid, this.#folder)) tryKill(pid)
    await this.isGone()
    // Whoever would have removed it was killed.
    if (control !== undefined) rmSync(dirname(control), { recursive: true, force: true })
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #call(call: MoldCommand['call'], id?: number): Promise<unknown> {
    const number = this.#number++
    const answer = new Promise((resolve) => this.#answers.set(number, resolve))
    this.child.send({ number, call, id })
    return within(answer, ANSWER_MS, `the supervisor answers to ${call}; ${JSON.stringify(this.events.slice(-8))} ${this.stderr}`)
  }
}

/** For afterEach. */
export async function stopMoldPrimaries(): Promise<void> {
  await Promise.all([...running].map((primary) => primary.stop()))
}

/** Path of the control socket that a process of a pool was told. */
export function controlOf(pid: number): string | undefined {
  try {
    return /"control":"([^"]+)"/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** Not another that has got the pid: its environment names the folder. */
function isOurs(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder)
  } catch {
    return false
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
