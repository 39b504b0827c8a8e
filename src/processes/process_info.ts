import type { SmemErrorCode } from '../errors.ts'
import { FIELD_COUNT, Report, ScanColumn, ScanOutcome, type ScanTable } from '../native/index.ts'
import { toMemoryUsage, toReadFailure, toStartTime, type MemoryUsage } from '../smaps/index.ts'
import { cgroupPath } from '../system/index.ts'
import type { MappingGroup, MappingGroups } from './mapping_group.ts'

/** What every user may know of a process. */
export interface ProcessInfo {
  readonly pid: number
  /** 0 for the first process and for kernel threads' parent. */
  readonly ppid: number
  /** Milliseconds after boot; with the pid, the process's identity. */
  readonly startTime: number
  /** Effective user id: the owner of /proc/PID. */
  readonly uid: number
  /** The name the kernel knows it by, at most 15 bytes for a user's process; any character but NUL. */
  readonly comm: string
  /** The arguments; empty for kernel threads and zombies, undefined when it may not be read (hidepid). */
  readonly commandLine: readonly string[] | undefined
  /** Path of the cgroup that accounts its memory; undefined without cgroups. */
  readonly cgroup: string | undefined
  readonly threads: number
  /** One letter, as in proc_pid_stat(5): 'R', 'S', 'D', 'Z', 'T', ... */
  readonly state: string
  readonly kernelThread: boolean
  /** Resident bytes from statm: cheap, always readable, and on many kernels a few pages off. 0 without an address space. */
  readonly rss: number
}

/** A process of a scan. */
export interface ScannedProcess extends ProcessInfo {
  /** null: not read, for the reason in `unavailable`. */
  readonly usage: MemoryUsage | null
  /** Why `usage` is null; else null. */
  readonly unavailable: Unavailable | null
  /** Nanoseconds of wall time spent on reading `usage`; 0 when it was not tried. */
  readonly costNs: number
  /** The mappings by path, in order of address; undefined unless the scan was asked for them and could read the process. */
  readonly mappings: readonly MappingGroup[] | undefined
}

export interface Unavailable {
  /** A system error's, or `ERR_NO_ADDRESS_SPACE`, `ERR_MALFORMED_SMAPS`, `ERR_NO_SMAPS`, `ERR_OVER_MAX_RSS`, `ERR_OVER_BUDGET`. */
  readonly code: SmemErrorCode
  /** What was met, and what would help. */
  readonly reason: string
}

/** What a scan asked for, as the reasons of its rows name it. */
export interface ScanLimits {
  readonly procRoot: string
  readonly maxRss: number
  readonly budgetMs: number
}

const NUMBERS = ScanColumn.length + FIELD_COUNT

/** One row of a scan as an object. */
export function toScannedProcess(
  table: ScanTable, row: number, limits: ScanLimits, groups: MappingGroups | undefined,
): ScannedProcess {
  const info = toProcessInfo(table, row)
  const numbers = table.numbers.subarray(row * NUMBERS, (row + 1) * NUMBERS)
  const outcome = numbers[ScanColumn.outcome] ?? 0
  const report = numbers.subarray(ScanColumn.report, ScanColumn.report + Report.length)
  const costNs = report[Report.costNs] ?? 0
  const source = report[Report.source] === 1 ? 'smaps' : 'rollup'
  const usage = outcome === 0 ? toMemoryUsage(numbers, ScanColumn.length, source, costNs) : null
  const unavailable = toUnavailable(outcome, report, info, limits)
  return Object.assign(info, { usage, unavailable, costNs, mappings: usage === null ? undefined : groups?.of(row) })
}

export function toProcessInfo(table: ScanTable, row: number): ProcessInfo {
  const { numbers, text } = table
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const column = (index: number): number => numbers[row * NUMBERS + index] ?? 0
  const commAt = column(ScanColumn.textAt)
  const commandLineAt = commAt + column(ScanColumn.commSize)
  const commandLineSize = column(ScanColumn.commandLineSize)
  const cgroupAt = commandLineAt + Math.max(0, commandLineSize)
  return {
    pid: column(ScanColumn.pid),
    ppid: column(ScanColumn.ppid),
    startTime: toStartTime(column(ScanColumn.startTicks)),
    uid: column(ScanColumn.uid),
    comm: bytes.toString('utf8', commAt, commandLineAt),
    commandLine: commandLineSize < 0 ? undefined : toArguments(bytes.toString('utf8', commandLineAt, cgroupAt)),
    cgroup: cgroupPath(bytes.toString('utf8', cgroupAt, cgroupAt + column(ScanColumn.cgroupSize))),
    threads: column(ScanColumn.threads),
    state: String.fromCharCode(column(ScanColumn.state)),
    kernelThread: column(ScanColumn.kernelThread) === 1,
    rss: column(ScanColumn.rss),
  }
}

/** A process that rewrote its title may have left out the last NUL. */
function toArguments(commandLine: string): readonly string[] {
  if (commandLine === '') return []
  return (commandLine.endsWith('\0') ? commandLine.slice(0, -1) : commandLine).split('\0')
}

function toUnavailable(
  outcome: number, report: Float64Array, info: ProcessInfo, limits: ScanLimits,
): Unavailable | null {
  switch (outcome) {
    case 0:
      return null
    case ScanOutcome.overMaxRss:
      return { code: 'ERR_OVER_MAX_RSS', reason: `RSS of ${info.rss} bytes is above maxRss, ${limits.maxRss}` }
    case ScanOutcome.overBudget:
      return { code: 'ERR_OVER_BUDGET', reason: `the scan's budget of ${limits.budgetMs} ms was spent` }
  }
  if (info.kernelThread) return { code: 'ERR_NO_ADDRESS_SPACE', reason: 'has no address space (a kernel thread)' }
  return toReadFailure(outcome, report, limits.procRoot, info.pid)
}
