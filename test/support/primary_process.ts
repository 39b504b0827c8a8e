/** Runs test/cluster/apps/primary_app.ts, a primary in a process of its own, and its workers. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import type { ClusterPoolOptions } from '../../src/cluster/index.ts'
import type { PoolWorker, RollOutcome } from '../../src/pool/index.ts'
import type { Command, PrimarySetup } from '../cluster/apps/primary_app.ts'
import { bundle } from './bundle.ts'
import type { PoolEvent } from './clusters.ts'
import { statFields } from './programs.ts'
import { waitFor, within } from './wait_for.ts'

const READY_MS = 1000 * 60
const ANSWER_MS = 1000 * 120
const END_MS = 1000 * 20

export interface PrimaryOptions {
  readonly size: number
  /** Of the workers. */
  readonly env?: Record<string, string>
  readonly options?: ClusterPoolOptions
  readonly forksOnExit?: boolean
  /** Of the primary itself. */
  readonly primaryEnv?: Record<string, string>
}

const running = new Set<PrimaryProcess>()

export class PrimaryProcess {
  readonly child: ChildProcess
  readonly events: PoolEvent[] = []
  port = 0
  #number = 0
  readonly #answers = new Map<number, (result: unknown) => void>()

  private constructor(child: ChildProcess) {
    this.child = child
    running.add(this)
    child.on('message', (message: { listening?: number; event?: PoolEvent; answer?: number; result?: unknown }) => {
      if (message.listening !== undefined) this.port ||= message.listening
      if (message.event) this.events.push(message.event)
      if (message.answer !== undefined) this.#answers.get(message.answer)?.(message.result)
    })
  }

  /** Starts it and waits until all workers serve. */
  static async start({ size, env = {}, options = {}, primaryEnv = {}, ...rest }: PrimaryOptions): Promise<PrimaryProcess> {
    const exec = await bundle(new URL('../cluster/apps/worker_app.ts', import.meta.url))
    const setup: PrimarySetup = { exec, env, options: { size, ...options }, ...rest }
    const path = await bundle(new URL('../cluster/apps/primary_app.ts', import.meta.url))
    const child = fork(path, [JSON.stringify(setup)], { execArgv: [], env: { ...process.env, ...primaryEnv } })
    const primary = new PrimaryProcess(child)
    await waitFor(() => primary.count('ready') >= size, READY_MS, `${size} workers serve`)
    return primary
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  count(name: PoolEvent['name']): number {
    return this.events.filter((event) => event.name === name).length
  }

  recycle(id: number): Promise<RollOutcome> {
    return this.#call('recycle', id) as Promise<RollOutcome>
  }

  roll(): Promise<RollOutcome> {
    return this.#call('roll') as Promise<RollOutcome>
  }

  workers(): Promise<readonly PoolWorker[]> {
    return this.#call('workers') as Promise<readonly PoolWorker[]>
  }

  /** Open file descriptors of the primary. */
  descriptors(): Promise<number> {
    return this.#call('descriptors') as Promise<number>
  }

  async serving(): Promise<readonly PoolWorker[]> {
    return (await this.workers()).filter(({ state }) => state === 'serving')
  }

  /** Pids of its children, by their state: what the kernel knows, not what the pool thinks. */
  children(): Map<number, string> {
    const children = new Map<number, string>()
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      const [state = '', parent] = statFields(Number(name)) ?? []
      if (Number(parent) === this.pid) children.set(Number(name), state)
    }
    return children
  }

  /** Ends it, and with it its workers. */
  async stop(): Promise<void> {
    running.delete(this)
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const workers = [...this.children().keys()]
    const ended = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await within(ended, END_MS, 'the primary ends after SIGKILL')
    for (const pid of workers) killIfThere(pid)
  }

  #call(call: Command['call'], id?: number): Promise<unknown> {
    const number = this.#number++
    const answer = new Promise((resolve) => this.#answers.set(number, resolve))
    this.child.send({ number, call, id })
    return within(answer, ANSWER_MS, `the primary answers to ${call}`)
  }
}

/** For afterEach. */
export async function stopPrimaries(): Promise<void> {
  await Promise.all([...running].map((primary) => primary.stop()))
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended with its primary, as workers do.
  }
}
