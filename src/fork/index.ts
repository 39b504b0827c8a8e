/** Copying this process with all of its threads, and what has to be seen to before and after. */
export { forkProcess, type Forked, type ForkOptions } from './fork.ts'
export { forkObstacle, forkSupport, type ForkObstacle, type ForkSupport } from './fork_support.ts'
export { ForkError, type ForkStep } from './fork_error.ts'
export { prepareForFork } from './prepare.ts'
export {
  checkForkSafety, lastingHazards, markForkUnsafe, type ForkHazard, type ForkHazardKind, type ForkSafetyOptions, type RemoveMark,
} from './fork_safety.ts'
export {
  afterFork, afterForkInParent, afterPromote, beforeFork, beforePromote, runHooks, type Hook, type HookPoint, type RemoveHook,
} from './hooks.ts'
export { watchExit, type ExitWatch, type ProcessExit } from './exits.ts'
