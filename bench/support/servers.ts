import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { MoldPool } from '../../src/mold.ts'
import { readSmaps } from '../../src/promises.ts'
import type { Measured, Skipped } from './claim.ts'

// As users have it: from the sources, a mold would have the thread of tsx.
const DOOR = new URL('../../dist/mold.js', import.meta.url)
const CLUSTER_WORKER = fileURLToPath(new URL('../apps/cluster_worker.js', import.meta.url))
const HOST = '127.0.0.1'

export type AppName = 'objects' | 'api'

export interface ServerOptions {
  readonly app: AppName
  readonly workers: number
  readonly env?: Readonly<Record<string, string>>
  /** Options of Node, for molds and workers. @default none */
  readonly execArgv?: readonly string[]
}

/** Workers that serve an application of bench/apps. */
export interface Servers extends AsyncDisposable {
  readonly port: number
  readonly workers: number
  /** Of the workers and of the mold, if there is one; not of this process, which supervises them and serves nothing. */
  pids(): { readonly workers: readonly number[], readonly mold: number | undefined }
}

type Mold = typeof import('../../src/mold.ts')

/** Measures what is about copies of processes where they can be made. */
export async function withCopies(measure: () => Promise<Measured>): Promise<Measured | Skipped> {
  if (!existsSync(DOOR)) return { skipped: 'not built: npm run build:ts' }
  const { supported, detail } = (await loadMold()).forkSupport()
  return supported ? measure() : { skipped: detail }
}

async function loadMold(): Promise<Mold> {
  return await import(DOOR.href) as Mold
}

export class MoldServers implements Servers {
  readonly pool: MoldPool
  readonly workers: number

  private constructor(pool: MoldPool) {
    this.pool = pool
    this.workers = pool.size
  }

  static async start(mode: 'cow' | 'spawn', { app, workers, env = {}, execArgv = [] }: ServerOptions): Promise<MoldServers> {
    const { MoldPool } = await loadMold()
    return new MoldServers(await MoldPool.start({
      app: urlOf(app), workers, mode, env, execArgv, listen: { port: 0, host: HOST }, startTimeout: '5m',
    }))
  }

  /** How long it took, in milliseconds. */
  async refork(): Promise<number> {
    const { status, failure, tookMs } = await this.pool.refork()
    if (status !== 'done') throw new Error(`the refork ${status}: ${failure}`)
    return tookMs
  }

  get port(): number {
    const [address] = this.pool.addresses
    if (address === undefined || !('port' in address)) throw new Error('the pool has no port')
    return address.port
  }

  pids(): { readonly workers: readonly number[], readonly mold: number | undefined } {
    return { workers: this.pool.workers().map(({ pid }) => pid), mold: this.pool.primaryPid }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pool.close()
  }
}

export class ClusterServers implements Servers {
  readonly port: number
  readonly #workers: readonly Worker[]

  private constructor(port: number, workers: readonly Worker[]) {
    this.port = port
    this.#workers = workers
  }

  static async start({ app, workers, env = {}, execArgv = [] }: ServerOptions): Promise<ClusterServers> {
    const port = await freePort()
    cluster.setupPrimary({ exec: CLUSTER_WORKER, args: [urlOf(app).href, String(port)], execArgv: [...execArgv] })
    const started = Array.from({ length: workers }, () => cluster.fork(env))
    const servers = new ClusterServers(port, started)
    try {
      await Promise.all(started.map(async (worker) => {
        const [message] = await Promise.race([once(worker, 'message'), once(worker, 'exit')]) as [unknown]
        if (message !== 'ready') throw new Error('a worker of the cluster ended before it was ready')
      }))
    } catch (error) {
      await servers[Symbol.asyncDispose]()
      throw error
    }
    return servers
  }

  get workers(): number {
    return this.#workers.length
  }

  pids(): { readonly workers: readonly number[], readonly mold: undefined } {
    return { workers: this.#workers.flatMap(({ process: { pid } }) => pid ?? []), mold: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => {
      if (worker.isDead()) return
      const ended = once(worker, 'exit')
      worker.process.kill('SIGKILL')
      await ended
    }))
  }
}

/** In bytes; `sum` is the workers' and the mold's. */
export interface PssSum {
  readonly workers: number
  readonly mold: number
  readonly sum: number
}

export async function pssOf(servers: Servers): Promise<PssSum> {
  const pids = servers.pids()
  if (pids.workers.length !== servers.workers) throw new Error(`there are ${pids.workers.length} of ${servers.workers} workers`)
  let workers = 0
  for (const pid of pids.workers) workers += (await readSmaps(pid)).pss ?? NaN
  const mold = pids.mold === undefined ? 0 : (await readSmaps(pids.mold)).pss ?? NaN
  return { workers, mold, sum: workers + mold }
}

function urlOf(app: AppName): URL {
  return new URL(`../apps/${app}.js`, import.meta.url)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
