import { once } from 'node:events'
import type { PoolWorker } from '../../src/pool/index.ts'
import type { Claim, Effort, Measured } from '../support/claim.ts'
import { Load } from '../support/load.ts'
import { ratioOfTimes } from '../support/paired.ts'
import { MoldServers, withCopies } from '../support/servers.ts'
import { median } from '../support/statistics.ts'

const WORKERS = 2
const PATHS = Array.from({ length: 1000 }, (_, i) => `/products/${i}`)
const WARM_SECONDS = 5
const SIDE_SECONDS = 1
/** Some 400 MB of heap, and 500 MB with Node itself. */
const OBJECTS = 10_000_000
const COLD_STARTS = 3

/** Copy-on-write workers must serve as fast as others, and start at once. */
export const reforkSpeedClaims: readonly Claim[] = [
  {
    name: 'refork-throughput',
    text: 'requests per second: reforked workers / workers that have each loaded the application',
    unit: 'ratio',
    goal: { is: '>=', limit: 0.95 },
    measure: (effort) => withCopies(() => throughput(effort)),
  },
  {
    name: 'refork-ready',
    text: 'from the order to fork to a worker that serves, of a mold of 500 MB',
    unit: 'ms',
    goal: { is: '<', limit: 100 },
    measure: (effort) => withCopies(() => readiness(effort)),
  },
]

async function throughput(effort: Effort): Promise<Measured> {
  await using load = new Load()
  await using copies = await MoldServers.start('cow', { app: 'api', workers: WORKERS })
  await using spawned = await MoldServers.start('spawn', { app: 'api', workers: WORKERS })
  const secondsPerRequest = async ({ port }: MoldServers, seconds = SIDE_SECONDS): Promise<number> => {
    const run = await load.run({ port, paths: PATHS, connections: WORKERS * 8, seconds })
    return run.seconds / run.requests
  }
  await secondsPerRequest(copies, WARM_SECONDS)
  await copies.refork()
  for (const servers of [copies, spawned]) await secondsPerRequest(servers, WARM_SECONDS)
  const { value, detail } = await ratioOfTimes(() => secondsPerRequest(spawned), () => secondsPerRequest(copies), effort)
  return { value, detail: `a request every ${detail}; Node ${process.versions.node}` }
}

async function readiness({ rounds }: Effort): Promise<Measured> {
  const env = { OBJECTS: String(OBJECTS), BUILD: 'load' }
  const options = { app: 'objects', workers: WORKERS, env } as const
  const forked = await (async () => {
    await using servers = await MoldServers.start('cow', options)
    const first = servers.pool.workers().map(startMs)
    const fromLoaded = await replacements(servers, rounds)
    await servers.refork()
    return { first: Math.min(...first), fromLoaded, fromWorker: await replacements(servers, rounds) }
  })()
  const cold = await (async () => {
    await using servers = await MoldServers.start('spawn', options)
    return await replacements(servers, COLD_STARTS)
  })()
  const all = [...forked.fromLoaded, ...forked.fromWorker]
  return {
    value: median(all),
    detail: `${all.length} forks, of the loaded mold ${median(forked.fromLoaded).toFixed(0)}, of a promoted worker ${median(forked.fromWorker).toFixed(0)}, `
      + `longest ${Math.max(...all).toFixed(0)}; the very first ${forked.first.toFixed(0)}; cold start ${median(cold).toFixed(0)} ms; Node ${process.versions.node}`,
  }
}

/** How long each of so many new workers takes, one at a time: nobody waits for the fork of another. */
async function replacements({ pool }: MoldServers, count: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const [oldest] = pool.workers()
    if (oldest === undefined) throw new Error('the pool has no worker')
    const ready = once(pool, 'ready') as Promise<[PoolWorker]>
    const { status, failure } = await pool.recycle(oldest.id)
    if (status !== 'done') throw new Error(`a worker was not replaced: ${failure}`)
    times.push(startMs((await ready)[0]))
  }
  return times
}

function startMs({ startedAt, readyAt = NaN }: PoolWorker): number {
  return readyAt - startedAt
}
