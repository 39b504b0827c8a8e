import { readdirSync, readFileSync } from 'node:fs'
import { hostname, release } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { errnoOf } from '../errors.ts'
import { parseProcessStat } from '../native/index.ts'
import type { ProcessInfo, Unavailable } from '../processes/index.ts'
import { readUserNames } from '../system/index.ts'
import { AtomicFile } from './atomic_file.ts'
import { writeCaptureNotes } from './capture_notes.ts'
import { NOTES_FILE, PROCESS_FILES, pidOf } from './file_source.ts'
import { LiveProcess } from './live_process.ts'
import { readInfo } from './process_files.ts'
import { TarSink, type MemberOwner } from './tar_sink.ts'

export interface WriteCaptureOptions {
  /** Called with what every user may know of a process: only those for which it returns true are captured. @default all */
  readonly filter?: (process: ProcessInfo) => boolean
  /** smaps of processes with a larger RSS is left out; in bytes. @default no limit */
  readonly maxRss?: number
  /** Compress; `.tar` alone is what smem's own smemcap makes. @default unless the name ends in '.tar' */
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
  /** Bytes. */
  readonly rss: number
  readonly unavailable: Unavailable
}

/**
 * Copies what there is to know of this machine's memory into a tar archive that smem reads too. Processes that end
 * meanwhile are in it as far as they could be read, or not at all. The file is there when the promise resolves and not
 * before; its owner alone may read a new one.
 *
 * Costs what reading smaps and the rollup of every process costs.
 *
 * @throws {SmemError} system errors of writing; what cannot be read is in the summary
 */
export async function writeCapture(path: string, options: WriteCaptureOptions = {}): Promise<CaptureSummary> {
  const { gzip = !path.endsWith('.tar'), procRoot = '/proc', signal } = options
  using file = new AtomicFile(path)
  const sink = new TarSink(file, gzip)
  const takenAt = Date.now()
  const users = readUserNames()
  const unread: UnreadProcess[] = []
  let processCount = 0

  const machine: MemberOwner = { uid: 0, gid: 0, userName: '', mtime: takenAt / 1000 }
  for (const name of ['meminfo', 'version']) await sink.add(name, readOrEmpty(`${procRoot}/${name}`), machine)
  const pids = readdirSync(procRoot).map(pidOf).filter((pid) => pid !== undefined).sort((a, b) => a - b)
  for (const [index, pid] of pids.entries()) {
    // Between two turns, signals are heard.
    await nextTurn()
    signal?.throwIfAborted()
    const files = readProcess(procRoot, pid, options)
    if (files !== undefined) {
      const owner = { uid: files.uid, gid: files.gid, userName: users.get(files.uid) ?? '', mtime: takenAt / 1000 }
      await sink.addDirectory(String(pid), owner)
      for (const [name, bytes] of files.contents) await sink.add(`${pid}/${name}`, bytes, owner)
      if (files.unavailable !== undefined) unread.push({ pid, rss: files.rss, unavailable: files.unavailable })
      processCount++
    }
    options.onProgress?.(index + 1, pids.length)
  }
  const reasons = new Map(unread.map(({ pid, unavailable }) => [pid, unavailable]))
  const host = { hostname: hostname(), kernel: release(), bootId: bootId() }
  await sink.add(NOTES_FILE, Buffer.from(writeCaptureNotes(takenAt, host, reasons)), machine)
  await sink.end()
  file.commit()
  return { processCount, unread, size: sink.size }
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
  using live = openOrUndefined(procRoot, pid)
  if (live === undefined) return undefined
  const light = PROCESS_FILES.filter((name) => !HEAVY_FILES.includes(name))
  const contents = new Map<string, Buffer>()
  for (const name of light) {
    const bytes = live.read(name)
    if (typeof bytes !== 'string') contents.set(name, bytes)
  }
  const stat = contents.get('stat')
  if (stat === undefined || parseProcessStat(stat) === undefined) return undefined
  const info = readInfo({ read: (_pid, name) => contents.get(name), uid: () => live.uid }, pid)
  if (options.filter?.(info) === false) return undefined

  const entries: [string, Buffer][] = [...contents]
  const unavailable = addHeavyFiles(live, info.hasMemory === true, info.rss, options, entries)
  if (unavailable?.code === 'ESRCH' || unavailable?.code === 'ENOENT') return undefined
  return { uid: live.uid, gid: live.gid, rss: info.rss, contents: entries, unavailable }
}

const EMPTY = Buffer.alloc(0)
const EXEC_RACE: Unavailable = {
  code: 'ERR_NO_ADDRESS_SPACE', reason: 'has no address space (it called exec or exit while it was being read)',
}
const HEAVY_FILES: readonly string[] = ['smaps', 'smaps_rollup']

/** smaps is there even when it is empty: by it, smem finds the processes of an archive. */
function addHeavyFiles(
  live: LiveProcess, hasMemory: boolean, rss: number, { maxRss = Infinity }: WriteCaptureOptions, entries: [string, Buffer][],
): Unavailable | undefined {
  const smaps = !hasMemory ? EMPTY : rss > maxRss ? 'ERR_OVER_MAX_RSS' : live.read('smaps')
  entries.push(['smaps', typeof smaps === 'string' ? EMPTY : smaps])
  if (typeof smaps === 'string') return { code: smaps, reason: reasonOf(smaps, rss, maxRss, live.uid) }
  if (smaps.length === 0) return hasMemory ? EXEC_RACE : undefined
  const rollup = live.read('smaps_rollup')
  if (typeof rollup !== 'string' && rollup.length > 0) entries.push(['smaps_rollup', rollup])
  return undefined
}

function reasonOf(code: string, rss: number, maxRss: number, uid: number): string {
  if (code === 'ERR_OVER_MAX_RSS') return `RSS of ${rss} bytes is above maxRss, ${maxRss}`
  return `owned by uid ${uid}, and not readable by the user who made the capture (uid ${process.geteuid?.() ?? '?'})`
}

function openOrUndefined(procRoot: string, pid: number): LiveProcess | undefined {
  try {
    return new LiveProcess(procRoot, pid)
  } catch (error) {
    errnoOf(error)
    return undefined
  }
}

function readOrEmpty(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}
