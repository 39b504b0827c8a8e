import { readdirSync, readFileSync, statSync } from 'node:fs'
import { constants as os, hostname, release } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { NO_ADDRESS_SPACE, NO_SMAPS, SmemError } from '../errors.ts'
import { Report, ScanOutcome } from '../native/index.ts'
import type { ProcessInfo, Unavailable } from '../processes/index.ts'
import { toReadFailure } from '../smaps/index.ts'
import { readUserNames } from '../system/index.ts'
import { AtomicFile } from './atomic_file.ts'
import { writeCaptureNotes } from './capture_notes.ts'
import { NOTES_FILE, PROCESS_FILES, pidOf } from './file_source.ts'
import { openLive, type LiveProcess } from './live_process.ts'
import { readInfo, type CapturedInfo } from './process_files.ts'
import { attempt } from './system_call.ts'
import { TarSink, type MemberOwner, type WriteBytes } from './tar_sink.ts'

export interface WriteCaptureOptions {
  /** Called with what every user may know of a process: only those for which it returns true are captured. @default all */
  readonly filter?: (process: ProcessInfo) => boolean
  /** smaps of processes with a larger RSS is left out; in bytes. @default no limit */
  readonly maxRss?: number
  /** Compress; `.tar` alone is what smem's own smemcap makes. @default unless the file's name ends in '.tar' */
  readonly gzip?: boolean
  /** Called after each process. */
  readonly onProgress?: (done: number, total: number) => void
  /** Gives up between two processes; nothing is left behind. */
  readonly signal?: AbortSignal
  /** @default '/proc' */
  readonly procRoot?: string
}

export interface CaptureSummary {
  /** Processes in the archive. */
  readonly processCount: number
  /** Those that have memory and whose smaps is not in it. */
  readonly unread: readonly UnreadProcess[]
  /** Bytes of the archive. */
  readonly size: number
}

export interface UnreadProcess {
  readonly pid: number
  /** Bytes; 0 when it is not known. */
  readonly rss: number
  readonly unavailable: Unavailable
}

/**
 * Copies what there is to know of this machine's memory into a tar archive that smem reads too. Processes that end
 * meanwhile are in it as far as they could be read, or not at all. The file is there when the promise resolves and not
 * before; its owner alone may read a new one. In place of its path, `target` may be what takes the bytes.
 *
 * Costs what reading smaps and the rollup of every process costs.
 *
 * @throws {SmemError} system errors of writing and of listing `procRoot`; `EMFILE`, `ENFILE`, `ENOMEM`; `ESRCH` when there is no
 *   process to be captured, and the code of the first one when none of them could be read. What else cannot be read is in the
 *   summary
 */
export async function writeCapture(target: string | WriteBytes, options: WriteCaptureOptions = {}): Promise<CaptureSummary> {
  if (typeof target !== 'string') return writeArchive(new TarSink(target, options.gzip ?? true), options)
  using file = new AtomicFile(target)
  const sink = new TarSink((bytes) => file.write(bytes), options.gzip ?? !target.endsWith('.tar'))
  const summary = await writeArchive(sink, options)
  file.commit()
  return summary
}

async function writeArchive(sink: TarSink, options: WriteCaptureOptions): Promise<CaptureSummary> {
  const { procRoot = '/proc', signal } = options
  const takenAt = Date.now()
  const users = readUserNames()
  const unread: UnreadProcess[] = []
  let processCount = 0

  const machine: MemberOwner = { uid: 0, gid: 0, userName: '', mtime: takenAt / 1000 }
  const addMachine = async (name: string): Promise<void> => sink.add(name, readOrEmpty(`${procRoot}/${name}`), machine)
  const names = attempt('scandir', procRoot, () => readdirSync(procRoot))
  const pids = names.map(pidOf).filter((pid) => pid !== undefined).sort((a, b) => a - b)
  for (const [index, pid] of pids.entries()) {
    // Between two turns, signals are heard.
    await nextTurn()
    signal?.throwIfAborted()
    const files = readProcess(procRoot, pid, options)
    if (files !== undefined) {
      // A pipe gets nothing at all when there is no process.
      if (processCount === 0) for (const name of ['meminfo', 'version']) await addMachine(name)
      const owner = { uid: files.uid, gid: files.gid, userName: users.get(files.uid) ?? '', mtime: takenAt / 1000 }
      await sink.addDirectory(String(pid), owner)
      for (const [name, bytes] of files.contents) await sink.add(`${pid}/${name}`, bytes, owner)
      if (files.unavailable !== undefined) unread.push({ pid, rss: files.rss, unavailable: files.unavailable })
      processCount++
    }
    options.onProgress?.(index + 1, pids.length)
  }
  checkUse(processCount, unread)
  const reasons = new Map(unread.map(({ pid, unavailable }) => [pid, unavailable]))
  const host = { hostname: hostname(), kernel: release(), bootId: bootId() }
  await sink.add(NOTES_FILE, Buffer.from(writeCaptureNotes(takenAt, host, reasons)), machine)
  await sink.end()
  return { processCount, unread, size: sink.size }
}

/** Of these RSS is all that is to be had, or all that is wanted. */
const HAVE_RSS: readonly string[] = ['ERR_OVER_MAX_RSS', 'ERR_NO_SMAPS']

/** A capture of nothing must not take the place of an older one. */
function checkUse(processCount: number, unread: readonly UnreadProcess[]): void {
  if (processCount === 0) throw new SmemError('ESRCH', 'none of the processes asked for exists: no capture was written')
  const failed = unread.filter(({ unavailable }) => !HAVE_RSS.includes(unavailable.code))
  const [first] = failed
  if (first === undefined || failed.length < processCount) return
  const { pid, unavailable: { code, reason } } = first
  const who = processCount === 1 ? `process ${pid}` : `any of the ${processCount} processes, such as ${pid}`
  throw new SmemError(code, `cannot read ${who}: ${code} (${reason}); no capture was written`, { pid })
}

/** Of the boot that start times count from. */
export function bootId(): string | undefined {
  return readOrEmpty('/proc/sys/kernel/random/boot_id').toString('latin1').trim() || undefined
}

interface ProcessContents {
  readonly uid: number
  readonly gid: number
  readonly rss: number
  readonly contents: readonly (readonly [name: string, bytes: Buffer])[]
  readonly unavailable: Unavailable | undefined
}

/** undefined: gone, or not wanted. */
function readProcess(procRoot: string, pid: number, options: WriteCaptureOptions): ProcessContents | undefined {
  const opened = openLive(procRoot, pid)
  if (typeof opened === 'number') return GONE.includes(opened) ? undefined : hiddenProcess(procRoot, pid, opened, options)
  using live = opened
  const stat = live.read('stat')
  // With hidepid=1, no more is known of another user's process than that it is there, and whose it is.
  if (stat === os.errno.EACCES || stat === os.errno.EPERM) return hiddenProcess(procRoot, pid, stat, options)
  if (typeof stat === 'number' && !live.exists()) return undefined
  const contents = new Map<string, Buffer>()
  for (const name of LIGHT_FILES) {
    const bytes = name === 'stat' ? stat : live.read(name)
    if (typeof bytes !== 'number') contents.set(name, bytes)
  }
  const info = readInfo({ read: (_pid, name) => contents.get(name), uid: () => live.uid }, pid)
  if (options.filter?.(info) === false) return undefined

  const entries: [string, Buffer][] = [...contents]
  const errno = addHeavyFiles(live, info, options.maxRss, entries)
  if (errno === os.errno.ESRCH) return undefined
  const unavailable = errno === 0 || info.hasMemory === false ? undefined
    : errno === ScanOutcome.overMaxRss ? overMaxRss(info.rss, options.maxRss) : failureOf(errno, procRoot, pid)
  return { uid: live.uid, gid: live.gid, rss: info.rss, contents: entries, unavailable }
}

const GONE: readonly number[] = [os.errno.ENOENT, os.errno.ESRCH]
const HEAVY_FILES: readonly string[] = ['smaps', 'smaps_rollup']
const LIGHT_FILES = PROCESS_FILES.filter((name) => !HEAVY_FILES.includes(name))
const EMPTY = Buffer.alloc(0)
/** The kernel's own for owners that cannot be told. */
const OVERFLOW_ID = 65534

/** Nothing but its directory is in the archive. */
function hiddenProcess(
  procRoot: string, pid: number, errno: number, { filter }: WriteCaptureOptions,
): ProcessContents | undefined {
  const { uid, gid } = ownerOf(procRoot, pid)
  if (filter?.(readInfo({ read: () => undefined, uid: () => uid }, pid)) === false) return undefined
  return { uid, gid, rss: 0, contents: [], unavailable: failureOf(errno, procRoot, pid) }
}

function ownerOf(procRoot: string, pid: number): { uid: number, gid: number } {
  try {
    return statSync(`${procRoot}/${pid}`)
  } catch {
    return { uid: OVERFLOW_ID, gid: OVERFLOW_ID }
  }
}

/**
 * Returns 0, or why smaps is not in the archive: an errno or `ScanOutcome.overMaxRss`; `ESRCH` says that the process is gone.
 * An empty smaps is there all the same: by it, smem finds the processes of an archive.
 */
function addHeavyFiles(
  live: LiveProcess, { hasMemory, rss }: CapturedInfo, maxRss = Infinity, entries: [string, Buffer][],
): number {
  const smaps = hasMemory === false ? NO_ADDRESS_SPACE : rss > maxRss ? ScanOutcome.overMaxRss : live.read('smaps')
  entries.push(['smaps', typeof smaps === 'number' ? EMPTY : smaps])
  if (typeof smaps === 'number' && GONE.includes(smaps)) {
    if (!live.exists()) return os.errno.ESRCH
    return smaps === os.errno.ENOENT ? NO_SMAPS : NO_ADDRESS_SPACE
  }
  if (typeof smaps === 'number') return smaps
  if (smaps.length === 0) return NO_ADDRESS_SPACE
  const rollup = live.read('smaps_rollup')
  if (typeof rollup !== 'number' && rollup.length > 0) entries.push(['smaps_rollup', rollup])
  return 0
}

function overMaxRss(rss: number, maxRss = Infinity): Unavailable {
  return { code: 'ERR_OVER_MAX_RSS', reason: `RSS of ${rss} bytes is above maxRss, ${maxRss}` }
}

function failureOf(errno: number, procRoot: string, pid: number): Unavailable {
  return toReadFailure(errno, new Float64Array(Report.length), procRoot, pid)
}

function readOrEmpty(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}
