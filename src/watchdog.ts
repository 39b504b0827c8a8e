import type { Cluster } from 'node:cluster'
import { ClusterPool, type ClusterPoolOptions } from './cluster/index.ts'
import { show } from './options.ts'
import type { WorkerPool } from './pool/index.ts'
import { Watchdog, type WatchdogOptions, type WatchdogParts } from './watchdog/index.ts'

export { ClusterPool, type ClusterPoolOptions, type ReadyMode } from './cluster/index.ts'
export type {
  HeapFigures, PoolEvents, PoolLimitOptions, PoolWorker, Replacement, RollOutcome, RollStatus, WorkerExit, WorkerPool, WorkerReport,
  WorkerState,
} from './pool/index.ts'
export type { MemoryScope, PressureEvent } from './system/index.ts'
export {
  age, growth, heapFragmentation, memoryPressure, poolBudget, requests, unresponsive, Watchdog, workerLimit,
  type Action, type AgeOptions, type CommonOptions, type Decision, type Effect, type Gauge, type GrowthOptions,
  type HeapFragmentationOptions, type Limit, type MemoryPressureOptions, type Monitor, type MonitorContext, type MonitorFailure,
  type PoolBudgetOptions, type ProcessSample, type Reason, type ReforkOptions, type ReforkSignal, type RequestsOptions, type Timers,
  type UnresponsiveOptions, type Verdict, type Violation, type WatchdogEvents, type WatchdogLogger, type WatchdogOptions,
  type WatchdogParts, type WorkerLimitOptions, type WorkerSample,
} from './watchdog/index.ts'

export interface ClusterWatchdogOptions extends WatchdogOptions {
  /** For the `ClusterPool` that is made of node:cluster. */
  pool?: ClusterPoolOptions
}

/**
 * Watches the workers of node:cluster, or of a pool: `watchdog(cluster, { workerUss: '600MB' })` in the primary. Of node:cluster a
 * `ClusterPool` is made, which from then on keeps the workers at their number; `close()` closes it too.
 *
 * @throws {TypeError} on a bad option, or a first argument that is neither
 * @throws {Error} in a worker of node:cluster
 */
export function watchdog(target: Cluster | WorkerPool, options: ClusterWatchdogOptions): Watchdog {
  if (!isCluster(target) && !isPool(target)) throw new TypeError(`watchdog() takes node:cluster or a pool, got ${shown(target)}`)
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new TypeError(`the options of the watchdog must be an object, got ${show(options)}`)
  }
  const { pool, ...own } = options
  if (isCluster(target)) return watchCluster(target, own, pool)
  if (pool === undefined) return new Watchdog(target, own)
  throw new TypeError('"pool" holds the options of the pool that is made of node:cluster; this one is made already')
}

function watchCluster(cluster: Cluster, options: WatchdogOptions, poolOptions: ClusterPoolOptions = {}): Watchdog {
  const pool = new ClusterPool(cluster, poolOptions)
  const parts: WatchdogParts = { onClose: () => pool.close() }
  try {
    return new Watchdog(pool, options, parts)
  } catch (error) {
    pool.close()
    throw error
  }
}

function isPool(target: unknown): target is WorkerPool {
  const { recycle, roll, workers } = (target ?? {}) as Partial<WorkerPool>
  return typeof recycle === 'function' && typeof roll === 'function' && typeof workers === 'function'
}

/** In a worker node:cluster has no `fork`. */
function isCluster(target: unknown): target is Cluster {
  const { isPrimary, fork, on } = (target ?? {}) as Partial<Cluster>
  return typeof on === 'function' && (isPrimary === false || (isPrimary === true && typeof fork === 'function'))
}

function shown(target: unknown): string {
  const { isPrimary, fork } = (target ?? {}) as Partial<Cluster>
  if (typeof isPrimary !== 'boolean' && typeof fork !== 'function') return show(target)
  return `${show(target)} that is like node:cluster but lacks its functions: import cluster from 'node:cluster', its default export`
}
