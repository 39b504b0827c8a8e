import { FULL, type Claim, type Effort, type Measured } from '../support/claim.ts'
import { Load } from '../support/load.ts'
import { ClusterServers, MoldServers, pssOf, withCopies, type PssSum, type ServerOptions } from '../support/servers.ts'

const WORKERS = 8
const OBJECTS = 10_000_000
const LOAD_SECONDS = 30
const QUICK_SECONDS = 3
const CAP_MB = 8
const PATHS = ['/']

const APP = `${WORKERS} workers that each made ${OBJECTS / 1e6} million objects on their first request`

/** Puma's demonstration of fork_worker: what a refork gives back, and what is left of that under load. */
export const reforkMemoryClaims: readonly Claim[] = [
  {
    name: 'refork-memory',
    text: `sum of PSS of ${APP}, and of their mold: right after a refork / before`,
    unit: 'ratio',
    goal: { is: '<=', limit: 0.2 },
    measure: (effort) => withCopies(async () => {
      const { before, after, again, cluster } = await withDefaults(effort)
      return {
        value: after.sum / before.sum,
        detail: `${kb(before.sum)} -> ${kb(after.sum)}; ${kb(again.sum)} when all have served again; `
          + `without the mold ${kb(before.workers)} -> ${kb(after.workers)}${cluster}`,
      }
    }),
  },
  {
    name: 'refork-loaded',
    text: `sum of PSS of ${APP}, and of their mold: after ${LOAD_SECONDS} s of load at full speed on the reforked workers / before the refork`,
    unit: 'ratio',
    goal: { is: '<=', limit: 0.25 },
    measure: (effort) => withCopies(async () => loaded(await withDefaults(effort))),
  },
  {
    name: 'refork-capped',
    text: `the same with --max-semi-space-size=${CAP_MB}`,
    unit: 'ratio',
    goal: { is: '<=', limit: 0.25 },
    measure: (effort) => withCopies(async () => loaded(await demonstrate(secondsOf(effort), [`--max-semi-space-size=${CAP_MB}`]))),
  },
]

interface Demonstration {
  /** When each worker has served at least once. */
  readonly before: PssSum
  readonly after: PssSum
  /** When each worker has served again. */
  readonly again: PssSum
  readonly loaded: PssSum
  readonly seconds: number
  readonly requestsPerSecond: number
  readonly reforkMs: number
}

function loaded({ before, loaded: after, seconds, requestsPerSecond, reforkMs }: Demonstration): Measured {
  return {
    value: after.sum / before.sum,
    detail: `${kb(before.sum)} -> ${kb(after.sum)} after ${seconds.toFixed(0)} s of ${requestsPerSecond.toFixed(0)} requests/s; `
      + `without the mold ${kb(before.workers)} -> ${kb(after.workers)}; the refork took ${reforkMs.toFixed(0)} ms, Node ${process.versions.node}`,
  }
}

let shared: Promise<Demonstration & { readonly cluster: string }> | undefined

/** Two claims are about the same run, which takes minutes. */
function withDefaults(effort: Effort): Promise<Demonstration & { readonly cluster: string }> {
  shared ??= (async () => ({
    ...await demonstrate(secondsOf(effort), []), cluster: isQuick(effort) ? '' : await inCluster(LOAD_SECONDS),
  }))()
  return shared
}

async function demonstrate(seconds: number, execArgv: readonly string[]): Promise<Demonstration> {
  await using load = new Load()
  await using servers = await MoldServers.start('cow', optionsOf(execArgv))
  const { port } = servers
  await load.untilEachServed({ port, paths: PATHS, workers: WORKERS })
  const before = await pssOf(servers)
  const reforkMs = await servers.refork()
  const after = await pssOf(servers)
  await load.untilEachServed({ port, paths: PATHS, workers: WORKERS })
  const again = await pssOf(servers)
  const run = await load.run({ port, paths: PATHS, connections: WORKERS * 4, seconds })
  return { before, after, again, loaded: await pssOf(servers), seconds, requestsPerSecond: run.requests / run.seconds, reforkMs }
}

/** The same application and the same load, without sharing. */
async function inCluster(seconds: number): Promise<string> {
  await using load = new Load()
  await using servers = await ClusterServers.start(optionsOf([]))
  const { port } = servers
  await load.untilEachServed({ port, paths: PATHS, workers: WORKERS })
  const before = await pssOf(servers)
  await load.run({ port, paths: PATHS, connections: WORKERS * 4, seconds })
  const after = await pssOf(servers)
  return `; node:cluster ${kb(before.sum)}, after ${seconds} s of load ${kb(after.sum)}, Node ${process.versions.node}`
}

function optionsOf(execArgv: readonly string[]): ServerOptions {
  return { app: 'objects', workers: WORKERS, env: { OBJECTS: String(OBJECTS) }, execArgv }
}

function isQuick({ rounds }: Effort): boolean {
  return rounds < FULL.rounds
}

function secondsOf(effort: Effort): number {
  return isQuick(effort) ? QUICK_SECONDS : LOAD_SECONDS
}

function kb(bytes: number): string {
  return `${Math.round(bytes / 1024).toLocaleString('en')} kB`
}
