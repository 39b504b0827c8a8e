import { readMeminfo, readUserNames, type Meminfo } from '../system/index.ts'
import type { ScannedProcess } from './process_info.ts'
import {
  scanSelected, scanSelectedAsync, type ScanProcessesAsyncOptions, type ScanProcessesOptions, type SelectProcesses,
} from './scan.ts'

/** The processes of a machine at one moment: just scanned, or from a tree of files, a capture or a record. */
export interface Snapshot {
  /** Milliseconds since the epoch; undefined when the source does not tell. */
  readonly takenAt: number | undefined
  /** undefined where it could not be read (procfs mounted with subset=pid, captures without it). */
  readonly meminfo: Meminfo | undefined
  readonly processes: readonly SnapshotProcess[]
}

export interface SnapshotProcess extends ScannedProcess {
  /** Name of the user, or the uid as text where it has none. */
  readonly user: string
}

/** Scans this machine. Options, cost and errors are those of `scanProcesses`; only what `select` leaves is in the snapshot. */
export function takeSnapshot(options: ScanProcessesOptions = {}, select?: SelectProcesses): Snapshot {
  return toSnapshot(scanSelected(options, select), options.procRoot)
}

/** `takeSnapshot` off the event loop. */
export async function takeSnapshotAsync(options: ScanProcessesAsyncOptions = {}, select?: SelectProcesses): Promise<Snapshot> {
  return toSnapshot(await scanSelectedAsync(options, select), options.procRoot)
}

function toSnapshot(scanned: readonly ScannedProcess[], procRoot = '/proc'): Snapshot {
  const names = readUserNames()
  const processes = scanned.map((process) => Object.assign(process, { user: names.get(process.uid) ?? String(process.uid) }))
  return { takenAt: Date.now(), meminfo: meminfoOrUndefined(procRoot), processes }
}

export function meminfoOrUndefined(procRoot = '/proc'): Meminfo | undefined {
  try {
    return readMeminfo({ procRoot })
  } catch {
    return undefined
  }
}
