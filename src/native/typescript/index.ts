/** The backend in TypeScript, on node:fs: the same answers as the addon's, where there is no addon for a platform. */
import { constants as os } from 'node:os'

import type { Backend, MappingTable, UsageReport, UsageSource } from '../backend.ts'
import { FIELD_COUNT } from '../field_table.ts'
import { runAsync, runSync } from './drivers.ts'
import { MappingTableBuilder } from './mapping_table.ts'
import { closeFile } from './operations.ts'
import type { Steps } from './operations.ts'
import { openDirectory } from './process_dir.ts'
import { openProcess } from './process_handle.ts'
import { scanProcesses } from './scan.ts'
import { signalProcess } from './signal.ts'
import { newReport, readMappings, readUsage, writeReport } from './usage_reader.ts'
import type { ReadReport } from './usage_reader.ts'

const { ECANCELED, ENOSYS } = os.errno

export const typescriptBackend: Backend = {
  name: 'typescript',
  readUsage: (procRoot, pid, source, target, report) => runSync(usageOf(procRoot, pid, source, target, report)),
  readUsageAsync: (procRoot, pid, source, target, report, cancel) =>
    runAsync(usageOf(procRoot, pid, source, target, report), cancel, ECANCELED),
  readMappings: (procRoot, pid, report) => runSync(mappingsOf(procRoot, pid, report)),
  readMappingsAsync: (procRoot, pid, report, cancel) =>
    runAsync<MappingTable | number>(mappingsOf(procRoot, pid, report), cancel, ECANCELED),
  openProcess,
  scan: (request) => runSync(scanProcesses(request)),
  scanAsync: (request, cancel) => runAsync(scanProcesses(request), cancel, ECANCELED),
  // node:net has stream sockets only, and node:dgram none of the Unix kind.
  sendNotify: () => ENOSYS,
  signal: signalProcess,
  pressure: undefined, // node:fs has no poll(2)
  fork: undefined,
  sockets: undefined,
}

function* usageOf(
  procRoot: string, pid: number, source: UsageSource, target: Float64Array, report: UsageReport,
): Steps<number> {
  return yield* withDirectory(procRoot, pid, source, report, function* (directory, details) {
    return yield* readUsage(directory, source, target, details)
  })
}

function* mappingsOf(procRoot: string, pid: number, report: UsageReport): Steps<MappingTable | number> {
  const builder = new MappingTableBuilder()
  const error = yield* withDirectory(procRoot, pid, 'smaps', report, function* (directory, details) {
    return yield* readMappings(directory, builder, new Float64Array(FIELD_COUNT), details)
  })
  return error === 0 ? builder.table() : error
}

/** `use` with /proc/PID open, and its report in the caller's array whatever comes of it. */
function* withDirectory(
  procRoot: string, pid: number, source: UsageSource, report: UsageReport,
  use: (directory: number, details: ReadReport) => Steps<number>,
): Steps<number> {
  const details = newReport(source)
  try {
    const directory = yield* openDirectory(procRoot, pid)
    if (directory < 0) return -directory
    try {
      return yield* use(directory, details)
    } finally {
      yield* closeFile(directory)
    }
  } finally {
    writeReport(details, report)
  }
}
