import { backend, FIELD_COUNT, Report, type UsageReport, type UsageSource } from '../native/index.ts'
import { checkOneOf, checkOptions, checkPath, checkPid, show } from '../options.ts'
import { runCancellable } from './cancellable.ts'
import { toMemoryUsage, type MemoryUsage } from './memory_usage.ts'
import { toReadError } from './read_error.ts'

export const SOURCES: readonly UsageSource[] = ['rollup', 'smaps']

export interface ReadSmapsOptions {
  /**
   * 'rollup': /proc/PID/smaps_rollup, one record for the whole process. 'smaps': the sum over /proc/PID/smaps, which also
   * gives `size` and `mappings` and costs up to ten times as much for processes with many small mappings.
   * @default 'rollup'
   */
  source?: UsageSource
  /** Where procfs is mounted: '/host/proc' in a container, or a tree of files saved from one. @default '/proc' */
  procRoot?: string
}

export interface ReadSmapsAsyncOptions extends ReadSmapsOptions {
  /** Rejects with the signal's reason at once; a page walk already begun still runs to its end in its thread. */
  signal?: AbortSignal
}

/**
 * What a process really uses.
 *
 * Blocks for the kernel's page walk: 7 to 20 ms per GB of 4 KiB pages, far less with huge pages.
 * The same name in 'smem-ts/promises' does it off the event loop.
 *
 * @throws {TypeError} on a bad pid or option
 * @throws {SmemError} `ESRCH` (gone), `EACCES` (denied), `ERR_NO_ADDRESS_SPACE` (zombie, kernel thread, exec),
 *   `ERR_MALFORMED_SMAPS`, `ERR_NO_SMAPS`, `ERR_UNSUPPORTED_PLATFORM`, or another system error
 */
export function readSmaps(pid: number = process.pid, options: ReadSmapsOptions = {}): MemoryUsage {
  const { source, procRoot } = checkRead(pid, options, ['source', 'procRoot'])
  const errno = backend().readUsage(procRoot, pid, source, syncFigures, syncReport)
  return toResult(errno, syncFigures, syncReport, procRoot, pid)
}

// A synchronous call is over before the next one begins.
const syncFigures = new Float64Array(FIELD_COUNT)
const syncReport = new Float64Array(Report.length)

/** `readSmaps` on a thread of libuv's pool. */
export async function readSmapsAsync(
  pid: number = process.pid, options: ReadSmapsAsyncOptions = {},
): Promise<MemoryUsage> {
  const { source, procRoot } = checkRead(pid, options, ['source', 'procRoot', 'signal'])
  const figures = new Float64Array(FIELD_COUNT)
  const report = new Float64Array(Report.length)
  const errno = await runCancellable(options.signal, (cancel) =>
    backend().readUsageAsync(procRoot, pid, source, figures, report, cancel))
  return toResult(errno, figures, report, procRoot, pid)
}

/**
 * `readSmaps` into an array that the caller owns, for those who sample often: allocates nothing, in C++ or JavaScript
 * (the TypeScript backend cannot keep that promise).
 *
 * Fills `target` by `Field` index, NaN where the kernel has no such figure; `target[Field.mappings]` is a number
 * if and only if smaps was read. Leaves it alone on failure.
 *
 * @returns 0, or an errno: `ENODATA` stands for `ERR_NO_ADDRESS_SPACE`, `EBADMSG` for `ERR_MALFORMED_SMAPS`, `EOPNOTSUPP` for
 *   `ERR_NO_SMAPS`; all are in `os.constants.errno`
 * @throws {TypeError} on a bad argument
 */
export function readSmapsInto(target: Float64Array, pid: number = process.pid, source: UsageSource = 'rollup'): number {
  checkTarget(target)
  checkPid(pid)
  checkOneOf(source, 'source', SOURCES)
  return backend().readUsage('/proc', pid, source, target, syncReport)
}

export function checkTarget(target: unknown): asserts target is Float64Array {
  if (!(target instanceof Float64Array) || target.length < FIELD_COUNT) {
    const got = target instanceof Float64Array ? `one of ${target.length}` : show(target)
    throw new TypeError(`"target" must be a Float64Array of at least ${FIELD_COUNT} elements (Field.length), got ${got}`)
  }
}

/** Checks what all readers of one process take. */
export function checkRead(
  pid: unknown, options: ReadSmapsOptions, known: readonly string[], caller = 'readSmaps',
): { source: UsageSource; procRoot: string } {
  checkPid(pid)
  checkOptions(options, known, caller)
  const { source = 'rollup', procRoot = '/proc' } = options
  checkOneOf(source, 'source', SOURCES)
  checkPath(procRoot, 'procRoot')
  return { source, procRoot }
}

export function toResult(
  errno: number, figures: Float64Array, report: UsageReport, procRoot: string, pid: number,
): MemoryUsage {
  if (errno !== 0) throw toReadError(errno, report, procRoot, pid)
  return toMemoryUsage(figures, 0, report[Report.source] === 1 ? 'smaps' : 'rollup', report[Report.costNs] ?? 0)
}
