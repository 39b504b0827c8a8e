// What a worker thread begins with: runs workerData.task, a function of worker_calls.ts. Not every version of Node hands
// the loader of TypeScript down to worker threads, so that it is named here.
import { workerData } from 'node:worker_threads'
import { tsImport } from 'tsx/esm/api'

const calls = await tsImport('./worker_calls.ts', import.meta.url)
await calls[workerData.task]()
