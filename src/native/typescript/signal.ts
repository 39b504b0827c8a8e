import { constants as os } from 'node:os'

import { errnoOf } from '../../errors.ts'
import { runSync } from './drivers.ts'
import { closeFile } from './operations.ts'
import type { Steps } from './operations.ts'
import { openDirectory, readStartTicks } from './process_dir.ts'

/**
 * 0 or an errno. Without a pidfd, a process that ends, and whose pid is used anew, between the comparison and the signal would get
 * the other one into trouble: some microseconds, against the time the kernel takes to come round to a pid again.
 */
export function signalProcess(pid: number, startTicks: number, signal: number): number {
  const now = runSync(startTicksOf(pid))
  if (now < 0) return -now
  if (now !== startTicks) return os.errno.ESRCH
  try {
    process.kill(pid, signal)
    return 0
  } catch (error) {
    return errnoOf(error)
  }
}

/** Pids and signals are of our own namespace, so that it has to be our own /proc too, whatever tree the process was read from. */
function* startTicksOf(pid: number): Steps<number> {
  const directory = yield* openDirectory('/proc', pid)
  if (directory < 0) return directory
  try {
    return yield* readStartTicks(directory)
  } finally {
    yield* closeFile(directory)
  }
}
