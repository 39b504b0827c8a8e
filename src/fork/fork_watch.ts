import { subscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'

const workers = new Set<Worker>()
let isWatching = false

/** Notes worker threads from here on: Node has no list of them. */
export function watchForkSafety(): void {
  if (isWatching) return
  isWatching = true
  subscribe('worker_threads', (message) => {
    const { worker } = message as { worker: Worker }
    workers.add(worker)
    worker.once('exit', () => workers.delete(worker))
  })
}

/** Thread ids, as in worker_threads. */
export function liveWorkers(): number[] {
  return [...workers].map(({ threadId }) => threadId)
}
