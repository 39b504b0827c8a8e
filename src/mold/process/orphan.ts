import { setTimeout as sleep } from 'node:timers/promises'
import { backend } from '../../native/index.ts'
import { removeIfDeserted } from '../control/index.ts'
import { stopListening } from '../sockets.ts'

/** The supervisor started the program that this process, or the one it was forked from, began as; forks are its children too. */
const SUPERVISOR = process.ppid

/** The kernel closes the descriptors of a process that ends before it gives its children to another. */
const ENDING_MS = 1000
const LOOK_MS = 5

/** Beyond the time for its work, for what comes after it. */
const GRACE_MS = 1000 * 5

/**
 * Has the kernel end this process when the supervisor has been dead for the time that work may take, and it is still there: in an
 * endless loop it would hear of nothing, and keep the port. Of this process alone, not of its copies.
 */
export function endAfterSupervisor(drainMs: number): void {
  backend().fork?.endAfterParent(SUPERVISOR, Math.ceil((drainMs + GRACE_MS) / 1000))
}

/** What is left of a supervisor that was killed: its control socket, and the sockets of the pool, on which nobody will answer. */
export async function clearAfterSupervisor(control: string, sockets: readonly number[]): Promise<void> {
  void stopIfOrphaned(sockets)
  await removeIfDeserted(control)
}

/**
 * Has the sockets refuse connections at once, so that whoever follows the supervisor can have the port while workers still finish
 * their work. Not when the supervisor only has nothing to do with this process any more.
 */
async function stopIfOrphaned(sockets: readonly number[]): Promise<void> {
  const deadline = performance.now() + ENDING_MS
  while (process.ppid === SUPERVISOR) {
    if (performance.now() > deadline) return
    await sleep(LOOK_MS)
  }
  for (const socket of sockets) stopListening(socket)
}
