/** The parts of which copy-on-write workers are made. */
export { forkProcess, type Forked, type ForkOptions } from './fork.ts'
export { forkSupport, type ForkObstacle, type ForkSupport } from './fork_support.ts'
export { ForkError, type ForkStep } from './fork_error.ts'
export { renewIdentity } from './identity.ts'
export { prepareForFork } from './prepare.ts'
export {
  checkForkSafety, markForkUnsafe, type ForkHazard, type ForkHazardKind, type ForkSafetyOptions, type RemoveMark,
} from './fork_safety.ts'
export {
  afterFork, afterForkInParent, afterPromote, beforeFork, beforePromote, runHooks, type Hook, type HookPoint, type RemoveHook,
} from './hooks.ts'
export { duplicateDescriptor, listenSocket, type ListeningSocket, type ListenTarget } from './sockets.ts'
export { watchExit, type ExitWatch, type ProcessExit } from './exits.ts'
export { defineApp, type MoldApp, type MoldWorker, type StartedApp } from './app.ts'
export { MoldPool, type MoldAddress } from './mold_pool.ts'
export type { MoldListen, MoldMode, MoldPoolOptions } from './mold_pool_options.ts'
export type { MoldPoolStatus, ProcessMemory, WorkerStatus } from './status.ts'
export type { PoolMemory, Refork, ReforkSteps, SupervisorEvents } from './supervisor/index.ts'
