/**
 * Copy-on-write workers: `defineApp` for the application, `MoldPool` for the process that supervises it, and hooks for libraries
 * that have something to close or to renew when a process is copied. And, for those who want to do it themselves, `forkProcess`
 * and what it takes: docs/fork.md.
 */
export {
  afterFork, afterForkInParent, afterPromote, beforeFork, beforePromote, checkForkSafety, defineApp, duplicateDescriptor, ForkError,
  forkProcess, forkSupport, listenSocket, markForkUnsafe, MoldPool, prepareForFork, runHooks, watchExit,
  type ExitWatch, type Forked, type ForkOptions, type ForkStep, type ListeningSocket, type ListenTarget, type ProcessExit,
  type ForkHazard, type ForkHazardKind, type ForkObstacle, type ForkSafetyOptions, type ForkSupport, type Hook, type HookPoint,
  type MoldAddress, type MoldApp, type MoldListen, type MoldMode, type MoldPoolOptions, type MoldPoolStatus, type MoldWorker,
  type PoolMemory, type ProcessMemory, type Refork, type ReforkSteps, type RemoveHook, type RemoveMark, type StartedApp,
  type SupervisorEvents as MoldPoolEvents, type WorkerStatus,
} from './mold/index.ts'
export type {
  HeapFigures, PoolEvents, PoolLimitOptions, PoolWorker, Replacement, RollOutcome, RollStatus, WorkerExit, WorkerPool, WorkerReport,
  WorkerState,
} from './pool/index.ts'
