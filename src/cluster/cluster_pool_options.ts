import type { Cluster } from 'node:cluster'
import { checkInteger, checkOneOf, checkOptions, show } from '../options.ts'
import { POOL_LIMIT_NAMES, toPoolLimits, type PoolLimitOptions, type PoolLimits } from '../pool/index.ts'

const MAX_SIZE = 10_000
const READY = ['listening', 'online', 'message'] as const

/** What makes a worker ready. */
export type ReadyMode = (typeof READY)[number]

type Environment = Readonly<Record<string, unknown>>

export interface ClusterPoolOptions extends PoolLimitOptions {
  /**
   * How many workers there should be: missing ones are forked, also for those that leave by themselves; later ones beyond are
   * ended.
   * @default as many as are forked
   */
  readonly size?: number
  /** For `cluster.fork(env)` of workers that the pool starts, who get their place as SMEM_TS_SLOT, too. Not async. @default {} */
  readonly env?: Environment | ((slot: number) => Environment)
  /**
   * `listening`: when it listens wherever all the others do. `online`: when it runs. `message`: when it calls `ready()` of its
   * worker half, which counts in all cases. @default 'listening'
   */
  readonly ready?: ReadyMode
}

export interface CheckedClusterPool {
  readonly size: number | undefined
  readonly env: (slot: number) => Environment
  readonly ready: ReadyMode
  readonly limits: PoolLimits
}

export function checkClusterPool(cluster: Cluster, options: ClusterPoolOptions): CheckedClusterPool {
  if (cluster === null || typeof cluster !== 'object' || typeof cluster.isPrimary !== 'boolean') {
    throw new TypeError(`the first argument of ClusterPool must be the default export of node:cluster, got ${show(cluster)}`)
  }
  if (!cluster.isPrimary) throw new Error('a ClusterPool belongs in the primary: this process is a worker')
  checkOptions(options, ['size', 'env', 'ready', ...POOL_LIMIT_NAMES], 'ClusterPool')
  const { size, env = {}, ready = 'listening' } = options
  if (size !== undefined) checkInteger(size, 'size', 1, MAX_SIZE)
  checkOneOf(ready, 'ready', READY)
  if (env === null || (typeof env !== 'object' && typeof env !== 'function') || Array.isArray(env)) {
    throw new TypeError(`"env" must be an object or a function that returns one, got ${show(env)}`)
  }
  const limits = toPoolLimits(options, 'ClusterPool')
  return { size, ready, limits, env: typeof env === 'function' ? env : () => env }
}

/**
 * The environment of a worker that is to start.
 *
 * @throws {TypeError} when the function of the application has returned something else, which makes the start fail
 */
export function environmentFor(slot: number, env: CheckedClusterPool['env']): Environment {
  const made: unknown = env(slot)
  if (made instanceof Promise) {
    made.catch(() => undefined) // what it would have told is not what is wrong
    throw new TypeError('"env" returned a promise: it must return the variables themselves, so await what it needs before')
  }
  if (made !== null && typeof made === 'object' && !Array.isArray(made)) return made as Environment
  throw new TypeError(`"env" must return an object of environment variables, got ${show(made)}`)
}
