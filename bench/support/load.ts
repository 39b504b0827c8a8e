import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const CLIENT = fileURLToPath(new URL('../apps/load_client.js', import.meta.url))
const FAIRLY_SPREAD = 200
const EACH_SERVED_SECONDS = 300

export interface LoadOrder {
  readonly port: number
  /** One of them is picked for each request. */
  readonly paths: readonly string[]
  readonly connections: number
  readonly seconds: number
  /** Requests after which a connection is closed, and a new one goes to whichever worker takes it. @default 200 */
  readonly requestsEach?: number
  /** Ends when so many processes have answered. @default never */
  readonly until?: number
}

export interface LoadFigures {
  readonly requests: number
  readonly seconds: number
  /** Requests by the pid that answered. */
  readonly pids: Readonly<Record<string, number>>
}

/** Requests from a process of its own, which ends when this is disposed of, and with this one. */
export class Load implements AsyncDisposable {
  readonly #client: ChildProcess = fork(CLIENT, { execArgv: [] })

  /** Rejects when a request has failed: nothing that is measured then is worth anything. */
  async run(order: LoadOrder): Promise<LoadFigures> {
    this.#client.send({ requestsEach: FAIRLY_SPREAD, ...order })
    const ended = new AbortController()
    try {
      const [figures] = await Promise.race([
        once(this.#client, 'message', ended),
        once(this.#client, 'exit', ended).then(() => { throw new Error('the load client has ended') }),
      ]) as [LoadFigures & { failures: Readonly<Record<string, number>> }]
      const failures = Object.entries(figures.failures).map(([reason, count]) => `${count} x ${reason}`)
      if (failures.length > 0) throw new Error(`requests failed: ${failures.join(', ')}`)
      return figures
    } finally {
      ended.abort()
    }
  }

  /** Until each worker has answered at least once. */
  async untilEachServed({ port, paths, workers }: { readonly port: number, readonly paths: readonly string[], readonly workers: number }): Promise<void> {
    const { pids } = await this.run({ port, paths, connections: workers * 2, seconds: EACH_SERVED_SECONDS, requestsEach: 1, until: workers })
    const count = Object.keys(pids).length
    if (count < workers) throw new Error(`only ${count} of ${workers} workers have answered in ${EACH_SERVED_SECONDS} s`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#client.exitCode !== null || this.#client.signalCode !== null) return
    const ended = once(this.#client, 'exit')
    this.#client.kill('SIGKILL')
    await ended
  }
}
