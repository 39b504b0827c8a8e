export type {
  HeapFigures, PoolEvents, PoolWorker, Replacement, RollOutcome, RollStatus, WorkerExit, WorkerPool, WorkerReport, WorkerState,
} from './worker_pool.ts'
export type { Adoption, PoolDriver, PoolEmit } from './driver.ts'
export { POOL_LIMIT_NAMES, toPoolLimits, type PoolLimitOptions, type PoolLimits } from './limits.ts'
export { BackOff } from './back_off.ts'
export { durationText } from './duration.ts'
export { PoolEngine, type PoolEngineOptions } from './engine.ts'
export type { HeldProcess } from './process_end.ts'
export { SignalPool, type SignalPoolOptions, type SignalTarget } from './signal_pool.ts'
