/** How a fork went; src-native/fork/fork_process.h says more. */
export interface ForkReport {
  /** Of the child; 0 in the child. With an error: of a sibling that was ended, and that its parent has to reap, else 0. */
  readonly pid: number
  /** 0: forked. */
  readonly errno: number
  /** Index into FORK_STEPS: where it went wrong. */
  readonly step: number
  /** That an error is about, or -1. */
  readonly descriptor: number
  /** Thread id that an error is about, or 0. */
  readonly thread: number
  readonly threadName: string
  /** Taken along, beside the main one. */
  readonly threads: number
  /** Milliseconds for which the parent's threads stood still. */
  readonly stoppedMs: number
}

/** The steps of a fork; order as in src-native/fork/fork_process.h. */
export const FORK_STEPS = [
  'platform', 'prepare', 'park', 'locks', 'mappings', 'record', 'clone', 'replace', 'revive', 'answer',
] as const

/** Told once: the exit code, or the signal's number; both -1 when the process was another's to reap. */
export type ExitListener = (code: number, signal: number) => void

/** Waits for a process on the event loop, without keeping that alive. Dropping it closes it. */
export interface ExitPoll {
  close(): void
}

/** What copies and ends of processes need of the kernel. */
export interface ForkCalls {
  /** Whether the addon was built for a platform where processes can be forked: x86-64 with glibc. */
  readonly possible: boolean
  fork(sibling: boolean, trial: boolean, parkMs: number, childMs: number): ForkReport
  /** The process that has this pid and start time; reaps it when it is a child of this one. ESRCH when that one is gone. */
  watchExit(pid: number, startTicks: number, notify: ExitListener): ExitPoll | number
  /** What the kernel says: process.pid is the parent's in a child. */
  currentPid(): number
  /** Requests of libuv that are under way on this thread's loop: thread pool, writes, connects. */
  activeRequests(): number
  /** SIGALRM ends this process so many seconds after its parent has died, whatever it does. 0 or an errno. */
  endAfterParent(parentPid: number, seconds: number): number
  /** Gives free memory of malloc, of all threads, back to the system (malloc_trim). */
  trimMemory(): void
}
