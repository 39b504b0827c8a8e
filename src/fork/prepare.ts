import { watchConnections } from './connection_origins.ts'
import { watchForkSafety } from './fork_watch.ts'
import { installRandom } from './random_generator.ts'
import { watchRandomPools } from './random_pools.ts'

/**
 * Has to run in a process that will be forked before it loads anything else: what modules have taken out of node:crypto or Math
 * before, and the worker threads and connections they have started, are not seen. Further calls do nothing.
 */
export function prepareForFork(): void {
  installRandom()
  watchRandomPools()
  watchForkSafety()
  watchConnections()
}
