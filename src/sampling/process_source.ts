import { listProcesses, readProcesses, type ProcessIdentity, type ProcessInfo, type ScannedProcess } from '../processes/index.ts'

export type { ProcessIdentity }

/** Where a sampler gets its processes from. */
export interface ProcessSource {
  /** Every process, with nothing that costs a page walk. The objects are the caller's to keep and to extend. */
  list(signal?: AbortSignal): Promise<readonly ProcessInfo[]>
  /** Reads these, in any order. A process that has ended, or is another one by now, is left out. */
  read(targets: readonly ProcessIdentity[], signal?: AbortSignal): Promise<readonly ScannedProcess[]>
}

/** The processes under `procRoot`, read on a thread of libuv's pool, from the rollup. */
export function procSource(procRoot = '/proc'): ProcessSource {
  return {
    list: (signal) => listProcesses(procRoot, signal),
    read: (targets, signal) => readProcesses(targets, procRoot, signal),
  }
}
