import { EventEmitter } from 'node:events'
import type { PoolEvents, WorkerPool } from '../pool/index.ts'
import type { Announcer } from './announcer.ts'
import { formatDuration } from './text.ts'

/**
 * Passes on what the pool tells of trouble: its warnings as the watchdog's own, and failed starts and forced ends to the log.
 * Returns what ends it.
 */
export function passOnNews(pool: WorkerPool, announcer: Announcer): () => void {
  const onStartFailed = (failure: PoolEvents['startFailed'][0]): void => announcer.note(startFailedSentence(failure))
  const onForced = (force: PoolEvents['forced'][0]): void => announcer.note(forcedSentence(force))
  const onWarning = (warning: string): void => announcer.warning(warning, hasOtherListeners(pool))
  pool.on('startFailed', onStartFailed)
  pool.on('forced', onForced)
  pool.on('warning', onWarning)
  return () => {
    pool.off('startFailed', onStartFailed)
    pool.off('forced', onForced)
    pool.off('warning', onWarning)
  }
}

/** Whether somebody besides the watchdog is told of the pool's warnings: then they need not go to standard error. */
function hasOtherListeners(pool: WorkerPool): boolean {
  return pool instanceof EventEmitter && pool.listenerCount('warning') > 1
}

/** "a start in slot 2 failed: worker 7 (pid 4711) ended with exit code 1 before it was ready; the next try comes in 2 s". */
function startFailedSentence({ slot, reason, retryInMs }: PoolEvents['startFailed'][0]): string {
  const next = !Number.isFinite(retryInMs) ? 'it is not tried again'
    : retryInMs <= 0 ? 'the next try comes at once' : `the next try comes in ${formatDuration(retryInMs)}`
  return `a start in slot ${slot} failed: ${reason}; ${next}`
}

/** "worker 3 (slot 2, pid 4711) was sent SIGKILL: did not end within 5s of SIGTERM". */
function forcedSentence({ worker: { id, slot, pid }, signal, reason }: PoolEvents['forced'][0]): string {
  return `worker ${id} (slot ${slot}, pid ${pid}) was sent ${signal}: ${reason}`
}
