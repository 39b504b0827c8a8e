/** A pool of copy-on-write workers. */
export { duplicateDescriptor, listenSocket, type ListeningSocket, type ListenTarget } from './sockets.ts'
export { defineApp, type MoldApp, type MoldWorker, type StartedApp } from './app.ts'
export { MoldPool, type MoldAddress } from './mold_pool.ts'
export type { MoldListen, MoldMode, MoldPoolOptions } from './mold_pool_options.ts'
export type { MoldPoolStatus, ProcessMemory, WorkerStatus } from './status.ts'
export type { PoolMemory, Refork, ReforkSteps, SupervisorEvents } from './supervisor/index.ts'
