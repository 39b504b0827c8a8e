import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { buildVictim } from './build.ts'

const READY_MS = 1000 * 60
const IDLE_NODE = "process.stdout.write('ready\\n'); setInterval(() => {}, 1000 * 60 * 60)"

const alive = new Set<ChildProcess>()

/** Processes of known memory, ended when this is disposed of. */
export class Victims implements AsyncDisposable {
  readonly #program = buildVictim()
  readonly #children: ChildProcess[] = []

  /** A process as small as they come. */
  idle(): Promise<number> {
    return this.#start('idle')
  }

  /** An idle Node. */
  node(): Promise<number> {
    return this.#start('exec', process.execPath, '-e', IDLE_NODE)
  }

  /** A small program with the libraries that every program has. */
  sleeper(): Promise<number> {
    return this.#start('exec', '/bin/sh', '-c', 'echo ready; exec sleep 3600')
  }

  /** One mapping of touched 4 KiB pages. */
  touched(megabytes: number): Promise<number> {
    return this.#start('touched', megabytes)
  }

  /** The parent of that many processes that have one shared mapping of touched 4 KiB pages: each has its RSS, together they use it once. */
  sharers(megabytes: number, count: number): Promise<number> {
    return this.#start('shared', megabytes, count)
  }

  /** That many mappings of one touched page. */
  mappings(count: number): Promise<number> {
    return this.#start('mappings', count)
  }

  /** One touched mapping that the kernel walks twice when smaps is read by pages. */
  walkedTwice(megabytes: number): Promise<number> {
    return this.#start('walked-twice', megabytes)
  }

  /** Starts a victim and resolves to its pid once it is ready. It also dies with this process. */
  async #start(...args: (string | number)[]): Promise<number> {
    const child = spawn(this.#program, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] })
    alive.add(child)
    child.once('exit', () => alive.delete(child))
    this.#children.push(child)
    const [event] = await Promise.race([
      once(child.stdout, 'data', { signal: AbortSignal.timeout(READY_MS) }),
      once(child, 'exit'),
    ]) as [unknown]
    if (child.pid === undefined || !Buffer.isBuffer(event)) {
      throw new Error(`the victim "${args.join(' ')}" ended before it was ready`)
    }
    return child.pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }))
  }
}

/** Ends the victims when the run is interrupted. */
export function endVictimsOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      for (const child of alive) child.kill('SIGKILL')
      process.exit(128 + constants.signals[signal])
    })
  }
}
