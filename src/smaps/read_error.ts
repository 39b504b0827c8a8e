import { readFileSync, statSync } from 'node:fs'
import {
  codeOf, MALFORMED_SMAPS, NO_ADDRESS_SPACE, NO_SMAPS, SmemError, type SmemErrorCode, type SmemErrorDetails,
} from '../errors.ts'
import { hasAddressSpace, MALFORMED_REASONS, parseProcessStat, Report, Step, type UsageReport } from '../native/index.ts'

/** Why a process could not be read, as thrown errors and scans tell it. */
export interface ReadFailure {
  readonly code: SmemErrorCode
  /** One clause that says what was met and what would help. */
  readonly reason: string
}

/** The error for the errno that a backend returned for `pid`; `file` is what was read, if it was neither smaps nor rollup. */
export function toReadError(
  errno: number, report: UsageReport, procRoot: string, pid: number, file?: 'stat' | 'statm',
): SmemError {
  const { code, reason } = toReadFailure(errno, report, procRoot, pid)
  const path = file === undefined ? failedPath(report, procRoot, pid) : `${procRoot}/${pid}/${file}`
  if (errno === NO_ADDRESS_SPACE || errno === NO_SMAPS) return new SmemError(code, `process ${pid} ${reason}`, { path, pid })
  if (errno === MALFORMED_SMAPS) {
    return new SmemError(code, `cannot trust ${path}: ${reason}`, { path, pid, offset: report[Report.offset] ?? 0 })
  }
  const details: SmemErrorDetails = { errno: -errno, syscall: report[Report.step] === Step.read ? 'read' : 'open', path, pid }
  return new SmemError(code, `cannot read ${path}: ${code} (${reason})`, details)
}

export function toReadFailure(errno: number, report: UsageReport, procRoot: string, pid: number): ReadFailure {
  return { code: codeOf(errno), reason: reasonOf(errno, report, procRoot, pid) }
}

function reasonOf(errno: number, report: UsageReport, procRoot: string, pid: number): string {
  switch (errno) {
    case NO_ADDRESS_SPACE:
      return `has no address space (${whyEmpty(procRoot, pid)})`
    case NO_SMAPS:
      return 'has neither smaps nor smaps_rollup (a kernel without CONFIG_PROC_PAGE_MONITOR, or an emulation)'
    case MALFORMED_SMAPS:
      if (report[Report.malformed] === 0) return 'not in the form of the kernel'
      return `${MALFORMED_REASONS[report[Report.malformed] ?? 0] ?? 'unknown'}, at byte ${report[Report.offset] ?? 0}`
  }
  switch (codeOf(errno)) {
    case 'ESRCH':
      return 'no such process: it has ended, or is hidden from this user (hidepid)'
    case 'EACCES':
    case 'EPERM':
      return whyDenied(procRoot, pid)
    case 'ENOENT':
    case 'ENOTDIR':
      return `no process files under ${procRoot}`
    case 'EMFILE':
    case 'ENFILE':
      return 'no file descriptor left; raise the limit (ulimit -n) or close some'
    default:
      return 'the kernel refused the read'
  }
}

function failedPath(report: UsageReport, procRoot: string, pid: number): string {
  if (report[Report.step] === Step.openDirectory) return `${procRoot}/${pid}`
  return `${procRoot}/${pid}/${report[Report.source] === 1 ? 'smaps' : 'smaps_rollup'}`
}

function whyEmpty(procRoot: string, pid: number): string {
  try {
    const stat = parseProcessStat(readFileSync(`${procRoot}/${pid}/stat`))
    if (stat?.kernelThread === true) return 'a kernel thread'
    if (stat !== undefined && !hasAddressSpace(stat)) return 'a zombie: it has ended and its parent has not reaped it'
  } catch {
    // It may be gone by now; that it had no address space stays true.
  }
  return 'it called exec or exit while it was being read'
}

function whyDenied(procRoot: string, pid: number): string {
  try {
    const { uid } = statSync(`${procRoot}/${pid}`)
    const grant = 'grant CAP_PERFMON (Linux 6.15) or CAP_SYS_PTRACE'
    if (uid !== process.geteuid?.()) return `owned by uid ${uid}; run as that user or root, or ${grant}`
    return `owned by uid ${uid}, this user, but not dumpable, more privileged or in another user namespace; ${grant} over it`
  } catch {
    return 'this user may not read it'
  }
}
