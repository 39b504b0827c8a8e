import { constants as os } from 'node:os'
import { performance } from 'node:perf_hooks'

import { NO_ADDRESS_SPACE } from '../../errors.ts'
import { ScanColumn, ScanOutcome, Step } from '../backend.ts'
import type { ScanRequest } from '../backend.ts'
import { FIELD_COUNT } from '../field_table.ts'
import { MappingGroups } from './mapping_groups.ts'
import { closeFile, owner } from './operations.ts'
import type { Steps } from './operations.ts'
import { openDirectory, readFile } from './process_dir.ts'
import { STAT_SIZE, hasAddressSpace, parseProcessStat } from './process_stat.ts'
import type { ProcessStat } from './process_stat.ts'
import type { ScanTableBuilder } from './scan_table.ts'
import { newReport, openStatm, readMappings, readRss, readUsage, writeReport } from './usage_reader.ts'

/** One process's row of a scan: the figures every user may see, then the page walk if it is wanted. */
export interface RowRequest extends Pick<ScanRequest, 'procRoot' | 'source' | 'groupMappings' | 'maxRss'> {
  /** On the clock of performance.now(): no page walk begins after it. */
  readonly deadlineMs: number
}

export interface ScanTarget {
  readonly pid: number
  /** undefined: whoever has that pid. */
  readonly startTicks: number | undefined
}

/** These say nothing about the process: to leave it out for them would be to hide it. */
const OUT_OF_RESOURCES: readonly number[] = [os.errno.EMFILE, os.errno.ENFILE, os.errno.ENOMEM]

/**
 * Appends one row for `target`, or none when the process is gone or is another one than asked for. Returns 0, or
 * an errno that ends the scan.
 */
export function* appendProcessRow(request: RowRequest, target: ScanTarget, table: ScanTableBuilder): Steps<number> {
  const directory = yield* openDirectory(request.procRoot, target.pid)
  if (directory < 0) return leftOut(-directory)
  try {
    return yield* appendRow(request, target, directory, table)
  } finally {
    yield* closeFile(directory)
  }
}

function* appendRow(
  request: RowRequest, target: ScanTarget, directory: number, table: ScanTableBuilder,
): Steps<number> {
  const text = yield* readFile(directory, 'stat', STAT_SIZE)
  if (text === -os.errno.EACCES || text === -os.errno.EPERM) return yield* appendHiddenRow(target, directory, -text, table)
  if (typeof text === 'number') return leftOut(-text)
  const stat = parseProcessStat(text)
  const uid = yield* owner(directory)
  if (stat === undefined || uid < 0) return 0
  if (target.startTicks !== undefined && target.startTicks !== stat.startTicks) return 0
  // After the owner was asked for: that of a reaped process is root, and this is where such a one is noticed.
  const rss = yield* residentBytes(directory)
  if (rss === -os.errno.ESRCH || OUT_OF_RESOURCES.includes(-rss)) return leftOut(-rss)

  const commandLine = yield* readFile(directory, 'cmdline')
  const cgroup = yield* readFile(directory, 'cgroup')
  for (const read of [commandLine, cgroup]) {
    if (typeof read === 'number' && leftOut(-read) !== 0) return -read
  }
  const pieces = [stat.comm, commandLine, cgroup].filter((piece) => typeof piece !== 'number')

  const row = new Float64Array(ScanColumn.length + FIELD_COUNT).fill(NaN)
  row[ScanColumn.pid] = target.pid
  row[ScanColumn.ppid] = stat.ppid
  row[ScanColumn.startTicks] = stat.startTicks
  row[ScanColumn.uid] = uid
  row[ScanColumn.threads] = stat.threads
  if (rss >= 0 || rss === -NO_ADDRESS_SPACE) row[ScanColumn.rss] = Math.max(rss, 0)
  row[ScanColumn.state] = stat.state
  row[ScanColumn.kernelThread] = stat.kernelThread ? 1 : 0
  row[ScanColumn.commSize] = stat.comm.length
  row[ScanColumn.commandLineSize] = typeof commandLine === 'number' ? -1 : commandLine.length
  row[ScanColumn.cgroupSize] = typeof cgroup === 'number' ? 0 : cgroup.length

  const source = request.source ?? 'rollup'
  const report = newReport(source)
  let outcome = mayRead(request, stat, rss)
  const figures = row.subarray(ScanColumn.length)
  const groups = new MappingGroups()
  if (outcome === 0) {
    outcome = request.groupMappings
      ? yield* readMappings(directory, groups, figures, report)
      : yield* readUsage(directory, source, figures, report)
  }
  row[ScanColumn.outcome] = outcome
  writeReport(report, row, ScanColumn.report)
  table.append(row, pieces, outcome === 0 ? groups.groups() : [])
  return 0
}

/** A process that hidepid=1 hides: no more is known than that it is there, and whose it is. */
function* appendHiddenRow(
  target: ScanTarget, directory: number, error: number, table: ScanTableBuilder,
): Steps<number> {
  const uid = yield* owner(directory)
  if (uid < 0) return 0
  const row = new Float64Array(ScanColumn.length + FIELD_COUNT).fill(NaN)
  row[ScanColumn.pid] = target.pid
  row[ScanColumn.uid] = uid
  row[ScanColumn.kernelThread] = 0
  row[ScanColumn.outcome] = error
  row[ScanColumn.commSize] = 0
  row[ScanColumn.commandLineSize] = -1
  row[ScanColumn.cgroupSize] = 0
  writeReport({ ...newReport('rollup'), step: Step.open }, row, ScanColumn.report)
  table.append(row, [], [])
  return 0
}

function* residentBytes(directory: number): Steps<number> {
  const statm = yield* openStatm(directory)
  if (statm < 0) return statm
  try {
    return yield* readRss(statm)
  } finally {
    yield* closeFile(statm)
  }
}

/** 0 when the page walk is to be done; otherwise why not. */
function mayRead(request: RowRequest, stat: ProcessStat, rss: number): number {
  if (request.source === null) return ScanOutcome.notAsked
  if (!hasAddressSpace(stat) || rss === -NO_ADDRESS_SPACE) return NO_ADDRESS_SPACE
  if (rss < 0 && request.maxRss !== Infinity) return -rss // who knows how large it is
  if (rss > request.maxRss) return ScanOutcome.overMaxRss
  return performance.now() >= request.deadlineMs ? ScanOutcome.overBudget : 0
}

function leftOut(error: number): number {
  return OUT_OF_RESOURCES.includes(error) ? error : 0
}
