import type { ForkCalls } from './fork_calls.ts'
import type { SocketCalls } from './socket_calls.ts'

/** Which file of /proc/PID a figure comes from. */
export type UsageSource = 'rollup' | 'smaps'

/** Where a read failed. */
export const Step = { openDirectory: 0, open: 1, read: 2 } as const

/**
 * What a read tells besides the figures, as one array that the caller owns, so that nothing is allocated.
 * Indexes of a `UsageReport`; errors and figures are told apart by the errno that the call returns.
 */
export const Report = {
  /** 0 rollup, 1 smaps: the file that was read, or failed. */
  source: 0,
  /** One of `Step`. */
  step: 1,
  /** Index into MALFORMED_REASONS. */
  malformed: 2,
  /** Byte offset of what is malformed. */
  offset: 3,
  /** Wall time of the read in nanoseconds. */
  costNs: 4,
  length: 5,
} as const

export type UsageReport = Float64Array

/** The mappings of one process in columns; src/smaps/mapping.ts makes objects of them. */
export interface MappingTable {
  readonly count: number
  /** Four a mapping: start, end, offset, inode. */
  readonly words: BigUint64Array
  /** FIELD_COUNT figures in bytes (NaN: unknown), then `MappingColumn`, a mapping. */
  readonly numbers: Float64Array
  /** perms (4 bytes), device, path and flags of each mapping, end to end. */
  readonly text: Uint8Array
}

/** What follows the figures in a row of `MappingTable.numbers`. */
export const MappingColumn = { textAt: 0, deviceSize: 1, pathSize: 2, flagsSize: 3, length: 4 } as const

/** Every process of one scan in columns; src/processes/process_info.ts makes objects of them. */
export interface ScanTable {
  readonly count: number
  /** `ScanColumn.length` numbers, then FIELD_COUNT figures, a process. */
  readonly numbers: Float64Array
  /**
   * With `groupMappings`: `GroupColumn.length` numbers, then FIELD_COUNT figures, a name of each process's mappings, in the order
   * of the processes. `mappings` is how many have that name.
   */
  readonly groups: Float64Array
  /** comm, command line (NUL between arguments) and cgroup file of each process, and the groups' paths, end to end. */
  readonly text: Uint8Array
}

export const ScanColumn = {
  pid: 0,
  ppid: 1,
  /** Clock ticks after boot. */
  startTicks: 2,
  /** Owner of /proc/PID: the effective uid. */
  uid: 3,
  threads: 4,
  /** Bytes, from statm. */
  rss: 5,
  /** Character code of the state in stat. */
  state: 6,
  kernelThread: 7,
  /** 0, an errno, or one of `ScanOutcome`. */
  outcome: 8,
  textAt: 9,
  commSize: 10,
  /** -1 when it could not be read (hidepid). */
  commandLineSize: 11,
  cgroupSize: 12,
  /** The read's report, as `Report`. */
  report: 13,
  length: 18,
} as const

export const GroupColumn = {
  /** Row of the process in `ScanTable.numbers`. */
  process: 0,
  textAt: 1,
  /** 0 for mappings without a name. */
  pathSize: 2,
  length: 3,
} as const

/** Why a scan did not read a process, where no errno says it. */
export const ScanOutcome = { notAsked: -1, overMaxRss: -2, overBudget: -3 } as const

export interface ScanRequest {
  procRoot: string
  /** null: no figures but those of stat and statm. */
  source: UsageSource | null
  /** Sum the mappings of each process by path; reads smaps. */
  groupMappings: boolean
  threads: number
  /** Bytes; Infinity: no limit. */
  maxRss: number
  /** Milliseconds of wall time after which no process is read any more; Infinity: no limit. */
  budgetMs: number
  /** pid and start time in ticks, in turn: only these; another process of that pid is left out. */
  only: Float64Array | null
}

/** Set element 0 to a value other than 0 to end an asynchronous call early; its result is then without meaning. */
export type CancelFlag = Int32Array

/** One process, held by its open directory. */
export interface ProcessDirectory {
  /** Clock ticks after boot. */
  readonly startTicks: number
  /** 0 or an errno. */
  readUsage(source: UsageSource, target: Float64Array, report: UsageReport): number
  /** Resident bytes from statm, or a negated errno. */
  rss(): number
  /** Not reaped and not a zombie. */
  alive(): boolean
  close(): void
}

/** A descriptor that the event loop watches, without being kept alive by it. Dropping it closes it. */
export interface PressurePoll {
  close(): void
}

/** Told how often something happened since the last call; 0 is the last call: the watched thing is gone, the poll closed. */
export type PressureListener = (count: number) => void

/** What the kernel and the service manager tell by descriptors; src-native/pressure/trigger.h says more. Errors are errnos. */
export interface PressurePolls {
  /** Writes `text` to a file of PSI. */
  trigger(path: string, text: Uint8Array, notify: PressureListener): PressurePoll | number
  /** Waits for bytes from a FIFO or a socket, and drops them; writes `text` to a socket, unless it is empty. */
  stream(path: string, text: Uint8Array, notify: PressureListener): PressurePoll | number
  /** An eventfd for `file` of a version 1 control group. */
  counter(directory: string, file: string, args: string, notify: PressureListener): PressurePoll | number
}

/**
 * What reads /proc: the addon, or node:fs where there is none. Arguments have been checked by the callers.
 * A call that fails returns an errno (a positive number) and throws nothing but programming errors.
 */
export interface Backend {
  readonly name: 'native' | 'typescript'
  /** Fills `target` by field index, NaN for what the file does not have; leaves it alone on failure. */
  readUsage(procRoot: string, pid: number, source: UsageSource, target: Float64Array, report: UsageReport): number
  readUsageAsync(
    procRoot: string, pid: number, source: UsageSource, target: Float64Array, report: UsageReport, cancel: CancelFlag,
  ): Promise<number>
  readMappings(procRoot: string, pid: number, report: UsageReport): MappingTable | number
  readMappingsAsync(procRoot: string, pid: number, report: UsageReport, cancel: CancelFlag): Promise<MappingTable | number>
  openProcess(procRoot: string, pid: number): ProcessDirectory | number
  scan(request: ScanRequest): ScanTable | number
  scanAsync(request: ScanRequest, cancel: CancelFlag): Promise<ScanTable | number>
  /**
   * Sends one datagram to the Unix socket at `address`, a path or '@' and an abstract name; text up to 4095 bytes. Returns 0 or
   * an errno: EAGAIN when the receiver's queue is full, ENOSYS where this cannot be done.
   */
  sendNotify(address: string, text: string): number
  /** Sends a signal to the process that has this pid and start time; ESRCH when that one is gone. 0 or an errno. */
  signal(pid: number, startTicks: number, signal: number): number
  /** undefined where descriptors cannot be polled. */
  readonly pressure: PressurePolls | undefined
  /** undefined where there is no addon. */
  readonly fork: ForkCalls | undefined
  /** undefined where there is no addon. */
  readonly sockets: SocketCalls | undefined
}
