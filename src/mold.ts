/**
 * Copy-on-write workers: `defineApp` for the application, `MoldPool` for the process that supervises it, and hooks for libraries
 * that have something to close or to renew when a process is copied. And, for those who want to do it themselves, `forkProcess`
 * and what it takes: docs/fork.md.
 */
export {
  defineApp, duplicateDescriptor, listenSocket, MoldPool,
  type ListeningSocket, type ListenTarget, type MoldAddress, type MoldApp, type MoldListen, type MoldMode, type MoldPoolOptions,
  type MoldPoolStatus, type MoldWorker, type PoolMemory, type ProcessMemory, type Refork, type ReforkSteps, type StartedApp,
  type SupervisorEvents as MoldPoolEvents, type WorkerStatus,
} from './mold/index.ts'
export {
  afterFork, afterForkInParent, afterPromote, beforeFork, beforePromote, checkForkSafety, ForkError, forkProcess, forkSupport,
  markForkUnsafe, prepareForFork, runHooks, watchExit,
  type ExitWatch, type Forked, type ForkHazard, type ForkHazardKind, type ForkObstacle, type ForkOptions, type ForkSafetyOptions,
  type ForkStep, type ForkSupport, type Hook, type HookPoint, type ProcessExit, type RemoveHook, type RemoveMark,
} from './fork/index.ts'
export type {
  HeapFigures, PoolEvents, PoolLimitOptions, PoolWorker, Replacement, RollOutcome, RollStatus, WorkerExit, WorkerPool, WorkerReport,
  WorkerState,
} from './pool/index.ts'
