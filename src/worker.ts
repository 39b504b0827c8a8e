/** The worker half, for workers of a cluster whose primary has a ClusterPool. It loads nothing else, and costs next to nothing. */
export { attachWorker, type AttachedWorker, type AttachWorkerOptions, type DrainInfo } from './cluster/worker/index.ts'
