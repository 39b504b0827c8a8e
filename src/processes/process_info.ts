import type { SmemErrorCode } from '../errors.ts'
import { FIELD_COUNT, Report, ScanColumn, ScanOutcome, type ScanTable } from '../native/index.ts'
import { toMemoryUsage, toReadFailure, toStartTime, type MemoryUsage } from '../smaps/index.ts'
import { cgroupPath } from '../system/index.ts'
import { MappingGroups, type MappingGroup } from './mapping_group.ts'

/**
 * What every user may know of a process. With hidepid=1 that is no more of another user's than its pid and uid: the other
 * numbers are then NaN, `comm` is empty and `state` is '?'.
 */
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
  /** Nanoseconds of CPU time spent on reading `usage` (wall time with the TypeScript backend); 0 when it was not tried. */
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

/** Makes objects of the rows of a scan. Remembers what many processes have in common. */
export class ScanDecoder {
  readonly #numbers: Float64Array
  readonly #text: Buffer
  readonly #groups: MappingGroups | undefined
  readonly #cgroups = new Map<string, string | undefined>()

  /** `grouped`: the scan was asked for mappings; the rows then have to be decoded in their order. */
  constructor(table: ScanTable, grouped = false) {
    this.#numbers = table.numbers
    this.#text = Buffer.from(table.text.buffer, table.text.byteOffset, table.text.byteLength)
    this.#groups = grouped ? new MappingGroups(table) : undefined
  }

  decode(row: number, limits: ScanLimits): ScannedProcess {
    const at = row * NUMBERS
    const outcome = this.#numbers[at + ScanColumn.outcome] ?? 0
    const report = this.#numbers.subarray(at + ScanColumn.report, at + ScanColumn.report + Report.length)
    const costNs = report[Report.costNs] ?? 0
    const source = report[Report.source] === 1 ? 'smaps' : 'rollup'
    const process = this.decodeInfo(row) as { -readonly [K in keyof ScannedProcess]: ScannedProcess[K] }
    process.usage = outcome === 0 ? toMemoryUsage(this.#numbers, at + ScanColumn.length, source, costNs) : null
    process.unavailable = outcome === 0 ? null : toUnavailable(outcome, report, process, limits)
    process.costNs = costNs
    process.mappings = outcome === 0 ? this.#groups?.of(row) : undefined
    return process
  }

  decodeInfo(row: number): ProcessInfo {
    const at = row * NUMBERS
    const commAt = this.#column(at, ScanColumn.textAt)
    const commandLineAt = commAt + this.#column(at, ScanColumn.commSize)
    const commandLineSize = this.#column(at, ScanColumn.commandLineSize)
    const cgroupAt = commandLineAt + Math.max(0, commandLineSize)
    const cgroupEnd = cgroupAt + this.#column(at, ScanColumn.cgroupSize)
    return {
      pid: this.#column(at, ScanColumn.pid),
      ppid: this.#column(at, ScanColumn.ppid),
      startTime: toStartTime(this.#column(at, ScanColumn.startTicks)),
      uid: this.#column(at, ScanColumn.uid),
      comm: this.#text.toString('utf8', commAt, commandLineAt),
      commandLine: commandLineSize < 0 ? undefined : toArguments(this.#text.toString('utf8', commandLineAt, cgroupAt)),
      cgroup: this.#cgroup(this.#text.toString('utf8', cgroupAt, cgroupEnd)),
      threads: this.#column(at, ScanColumn.threads),
      state: stateOf(this.#column(at, ScanColumn.state)),
      kernelThread: this.#column(at, ScanColumn.kernelThread) === 1,
      rss: this.#column(at, ScanColumn.rss),
    }
  }

  #column(at: number, index: number): number {
    return this.#numbers[at + index] ?? 0
  }

  #cgroup(text: string): string | undefined {
    if (!this.#cgroups.has(text)) this.#cgroups.set(text, cgroupPath(text))
    return this.#cgroups.get(text)
  }
}

function stateOf(code: number): string {
  return Number.isNaN(code) ? '?' : String.fromCharCode(code)
}

/** A process that rewrote its title may have left out the last NUL. */
export function toArguments(commandLine: string): readonly string[] {
  if (commandLine === '') return []
  return (commandLine.endsWith('\0') ? commandLine.slice(0, -1) : commandLine).split('\0')
}

function toUnavailable(outcome: number, report: Float64Array, info: ProcessInfo, limits: ScanLimits): Unavailable {
  switch (outcome) {
    case ScanOutcome.overMaxRss:
      return { code: 'ERR_OVER_MAX_RSS', reason: `RSS of ${info.rss} bytes is above maxRss, ${limits.maxRss}` }
    case ScanOutcome.overBudget:
      return { code: 'ERR_OVER_BUDGET', reason: `the scan's budget of ${limits.budgetMs} ms was spent` }
  }
  if (info.kernelThread) return { code: 'ERR_NO_ADDRESS_SPACE', reason: 'has no address space (a kernel thread)' }
  return toReadFailure(outcome, report, limits.procRoot, info.pid)
}
