export { attachWorker, type AttachedWorker, type AttachWorkerOptions, type DrainInfo } from './worker_half.ts'
