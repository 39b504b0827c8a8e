export { ClusterPool } from './cluster_pool.ts'
export type { ClusterPoolOptions, ReadyMode } from './cluster_pool_options.ts'
