/**
 * Copy-on-write workers: `defineApp` for the application, `MoldPool` for the process that supervises it, and hooks for libraries
 * that have something to close or to renew when a process is copied.
 */
export {
  afterFork, afterForkInParent, afterPromote, beforeFork, beforePromote, checkForkSafety, defineApp, forkSupport, markForkUnsafe,
  MoldPool,
  type ForkHazard, type ForkHazardKind, type ForkObstacle, type ForkSafetyOptions, type ForkSupport, type Hook, type HookPoint,
  type MoldAddress, type MoldApp, type MoldListen, type MoldMode, type MoldPoolOptions, type MoldPoolStatus, type MoldWorker,
  type PoolMemory, type ProcessMemory, type Refork, type RemoveHook, type RemoveMark, type StartedApp,
  type SupervisorEvents as MoldPoolEvents, type WorkerStatus,
} from './mold/index.ts'
export type {
  HeapFigures, PoolEvents, PoolLimitOptions, PoolWorker, Replacement, RollOutcome, RollStatus, WorkerExit, WorkerPool, WorkerReport,
  WorkerState,
} from './pool/index.ts'
