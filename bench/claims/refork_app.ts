import { setTimeout } from 'node:timers/promises'
import { FULL, type Claim, type Effort, type Measured } from '../support/claim.ts'
import { Load } from '../support/load.ts'
import { ClusterServers, MoldServers, pssOf, withCopies, type PssSum, type Servers } from '../support/servers.ts'
import { median } from '../support/statistics.ts'

const WORKERS = 4
/** Of which 230 are in use. */
const HEAP_MB = 320
/** Of bench/apps/api.js, which caches what it has rendered by categories. */
const CATEGORIES = 5000
const PRODUCTS = CATEGORIES * 12
const FULL_SAMPLES = 8
const QUICK_SAMPLES = 2
const SAMPLE_SECONDS = 3
/** Requests until each worker's cache holds nearly everything: each category comes five times to each worker, on average. */
const FILLING = 5 * CATEGORIES * WORKERS

const CARDS = Array.from({ length: PRODUCTS / 3 }, (_, i) => `/products/${i * 3}/card`)
const PATHS = [
  ...CARDS,
  ...Array.from({ length: CARDS.length }, (_, i) => (i % 5 === 0 ? `/products?min=${i}&limit=20` : `/products/${i}`)),
]

const TEXT = `sum of PSS of ${WORKERS} workers with Fastify, a template engine, schemas and a cache of 150 MB, at full load: `
  + 'reforked, with their mold / node:cluster'

/**
 * What copy-on-write workers bring to an application as people have them. Without a limit V8 lets a heap of 200 MB grow by several
 * times that before it collects what is old, and garbage is nobody's to share; so once with its defaults, and once with a limit.
 */
export const reforkAppClaims: readonly Claim[] = [
  {
    name: 'refork-app',
    text: TEXT,
    unit: 'ratio',
    goal: { is: '<=', limit: 1 },
    measure: (effort) => withCopies(() => measure(effort, [])),
  },
  {
    name: 'refork-app-capped',
    text: `${TEXT}, both with --max-old-space-size=${HEAP_MB}`,
    unit: 'ratio',
    goal: { is: '<=', limit: 1 },
    measure: (effort) => withCopies(() => measure(effort, [`--max-old-space-size=${HEAP_MB}`])),
  },
]

async function measure(effort: Effort, execArgv: readonly string[]): Promise<Measured> {
  await using load = new Load()
  const options = { app: 'api', workers: WORKERS, execArgv } as const
  const copies = await (async () => {
    await using servers = await MoldServers.start('cow', options)
    const atBoot = await pssOf(servers)
    await fillCaches(servers, load)
    const filled = await underLoad(servers, load, effort)
    await servers.refork()
    return { atBoot, filled, reforked: await pssOf(servers), loaded: await underLoad(servers, load, effort) }
  })()
  const spawned = await (async () => {
    await using servers = await ClusterServers.start(options)
    const atBoot = await pssOf(servers)
    await fillCaches(servers, load)
    return { atBoot, filled: await underLoad(servers, load, effort) }
  })()
  return {
    value: copies.loaded.sum / spawned.filled.sum,
    detail: `at boot ${mb(copies.atBoot)} of ${mb(spawned.atBoot)} MB; caches filled, under load ${mb(copies.filled)} of ${mb(spawned.filled)}; `
      + `right after a refork ${mb(copies.reforked)}, under load ${mb(copies.loaded)}; Node ${process.versions.node}`,
  }
}

/** Asks for as many cards as it takes. */
async function fillCaches({ port }: Servers, load: Load): Promise<void> {
  let asked = 0
  while (asked < FILLING) {
    asked += (await load.run({ port, paths: CARDS, connections: WORKERS * 4, seconds: SAMPLE_SECONDS })).requests
  }
}

/** The median of many looks: such an application makes garbage by the 100 MB, and lets go of it now and then. */
async function underLoad(servers: Servers, load: Load, { rounds }: Effort): Promise<PssSum> {
  const count = rounds < FULL.rounds ? QUICK_SAMPLES : FULL_SAMPLES
  const run = load.run({ port: servers.port, paths: PATHS, connections: WORKERS * 4, seconds: (count + 1) * SAMPLE_SECONDS })
  const samples: PssSum[] = []
  for (let i = 0; i < count; i++) {
    await setTimeout(SAMPLE_SECONDS * 1000)
    samples.push(await pssOf(servers))
  }
  await run
  const of = (name: keyof PssSum): number => median(samples.map((sample) => sample[name]))
  return { workers: of('workers'), mold: of('mold'), sum: of('sum') }
}

function mb({ sum }: PssSum): string {
  return (sum / 1e6).toFixed(0)
}
