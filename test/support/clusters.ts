/** Clusters whose primary is the test's own process, and whose workers run test/cluster/apps/worker_app.ts. */
import cluster, { type Address, type Worker } from 'node:cluster'
import { ClusterPool, type ClusterPoolOptions } from '../../src/cluster/index.ts'
import type { PoolEvents } from '../../src/pool/index.ts'
import { bundle } from './bundle.ts'
import { waitFor } from './wait_for.ts'

const READY_MS = 1000 * 30
const END_MS = 1000 * 20

export interface TestCluster {
  readonly pool: ClusterPool
  /** Of the first 'listening' event. */
  readonly port: number
  /** All that the pool has told, in order. */
  readonly events: readonly PoolEvent[]
  /** Names of the events so far. */
  names(): readonly string[]
  serving(): number
}

export interface PoolEvent {
  readonly name: keyof PoolEvents
  readonly payload: unknown
}

const EVENTS = ['ready', 'exit', 'replaced', 'startFailed', 'forced', 'rollStarted', 'rollEnded', 'warning'] as const

let current: { pool: ClusterPool; onListening: (worker: Worker, address: Address) => void } | undefined

/** Has the pool fork `size` workers and waits until all serve. `env` is of all workers, also of replacements. */
export async function startCluster(
  size: number, env: Record<string, string> = {}, options: ClusterPoolOptions = {},
): Promise<TestCluster> {
  cluster.setupPrimary({ exec: await bundle(new URL('../cluster/apps/worker_app.ts', import.meta.url)), execArgv: [], args: [] })
  let port = 0
  const onListening = (_worker: Worker, address: Address): void => {
    port ||= address.port
  }
  cluster.on('listening', onListening)
  const pool = new ClusterPool(cluster, { size, env, ...options })
  current = { pool, onListening }
  const events: PoolEvent[] = []
  for (const name of EVENTS) pool.on(name, (payload: unknown) => events.push({ name, payload }))
  const serving = (): number => pool.workers().filter(({ state }) => state === 'serving').length
  await waitFor(() => serving() === size, READY_MS, `${size} workers serve`)
  return { pool, get port() { return port }, events, names: () => events.map(({ name }) => name), serving }
}

/** Ends the pool and all workers, and waits until they have been reaped. For afterEach. */
export async function stopCluster(): Promise<void> {
  if (current) {
    current.pool.close()
    cluster.off('listening', current.onListening)
    current = undefined
  }
  for (const worker of Object.values(cluster.workers ?? {})) {
    worker?.on('error', () => undefined)
    worker?.process.kill('SIGKILL')
  }
  await waitFor(() => Object.keys(cluster.workers ?? {}).length === 0, END_MS, 'all workers have ended')
}
