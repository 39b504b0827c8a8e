import { MAX_PID } from '../options.ts'
import type { Unavailable } from '../processes/index.ts'

/** A copy of /proc, wherever it lies: a tree of files or an archive. Everything is read when it is asked for. */
export interface FileSource extends Disposable {
  /** In ascending order. */
  readonly pids: readonly number[]
  /** Milliseconds since the epoch; undefined when the source does not tell. */
  readonly takenAt: number | undefined
  /** What is wrong with the source as a whole, such as an archive that was cut; one clause each. */
  readonly problems: readonly string[]
  /** A file of /proc/PID, or undefined when the source has none that can be read. */
  read(pid: number, name: string): Uint8Array | undefined
  /** Why `read` has nothing. */
  whyUnread(pid: number, name: string): Unavailable
  /** A file of /proc itself, such as 'meminfo'. */
  readTop(name: string): Uint8Array | undefined
  /** The owner of /proc/PID; undefined when the source does not tell. */
  uid(pid: number): number | undefined
  /** The owner's name where the source knows it; not looked up on this machine. */
  userName(pid: number): string | undefined
  close(): void
}

/** The code of a process whose figures the capture does not hold. */
export const NOT_CAPTURED = 'ERR_NOT_CAPTURED'

/** The code of a file that is no capture, no record and no JSON of ours. */
export const BAD_CAPTURE = 'ERR_BAD_CAPTURE'

/** The pid that a directory's name stands for. */
export function pidOf(name: string): number | undefined {
  if (!/^[1-9]\d{0,6}$/.test(name)) return undefined
  const pid = Number(name)
  return pid <= MAX_PID ? pid : undefined
}

/** The files of a process that are of any use here. */
export const PROCESS_FILES: readonly string[] = ['stat', 'statm', 'status', 'cmdline', 'cgroup', 'smaps', 'smaps_rollup']

/** The member of our own captures that says what no file of /proc does. */
export const NOTES_FILE = 'smem-ts.json'

/** The files beside the processes that are of any use here. */
export const TOP_FILES: readonly string[] = ['meminfo', 'version', NOTES_FILE]
