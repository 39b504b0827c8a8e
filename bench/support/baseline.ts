import { createRequire } from 'node:module'
import { buildBaseline } from './build.ts'

interface Baseline {
  /** Opens, reads to the end by `readSize` bytes (64 KiB at most) and closes: bytes read. */
  bareRead(path: string, readSize: number): number
  /** The same for many files, on several threads: see `toPathList`. */
  bareScan(paths: Uint8Array, threads: number): number
  /** CPU time of the calling thread in milliseconds. */
  threadCpuMs(): number
}

export const baseline = createRequire(import.meta.url)(buildBaseline()) as Baseline

/** The files of each process as `bareScan` takes them. */
export function toPathList(processes: readonly (readonly string[])[]): Uint8Array {
  return Buffer.from(processes.map((paths) => [...paths, ''].join('\0') + '\0').join(''))
}
