import { FIELD_COUNT, MALFORMED_REASONS, parseSmaps, type MappingSink, type UsageSource } from '../native/index.ts'
import type { MappingGroup, ProcessInfo, Snapshot, SnapshotProcess, Unavailable } from '../processes/index.ts'
import { toMemoryUsage, type MemoryUsage } from '../smaps/index.ts'
import { parseMeminfo, readUserNames } from '../system/index.ts'
import { readCaptureNotes, type CaptureNotes } from './capture_notes.ts'
import { NOT_CAPTURED, type FileSource } from './file_source.ts'
import { MappingSums } from './mapping_sums.ts'
import { readInfo, UNKNOWN_UID, type CapturedInfo } from './process_files.ts'

export interface ReadSnapshotOptions {
  /** Only processes for which it returns true are in the snapshot; smaps of others is not parsed. @default all */
  readonly filter?: (process: ProcessInfo) => boolean
  /** Sum the mappings of each process by path, into `mappings`. @default false */
  readonly groups?: boolean
  /**
   * The file that `usage` is read from, as far as the process has both: smem's figures are those of smaps, a scan's those of
   * the rollup.
   * @default 'smaps'
   */
  readonly source?: UsageSource
  /** User names by uid, for sources without names. @default those of this machine for a tree, none for an archive */
  readonly userNames?: ReadonlyMap<number, string>
}

export interface CapturedSnapshot extends Snapshot {
  /** What is wrong with the source as a whole; one clause each. */
  readonly problems: readonly string[]
}

/**
 * The processes of a copy of /proc. One whose smaps is missing or cannot be trusted has `usage` null and the reason in
 * `unavailable`: it takes nothing away from the others.
 */
export function readSnapshot(source: FileSource, options: ReadSnapshotOptions = {}): CapturedSnapshot {
  const notes = readCaptureNotes(source.readTop('smem-ts.json'))
  const meminfo = source.readTop('meminfo')
  const processes: SnapshotProcess[] = []
  for (const pid of source.pids) {
    const { hasMemory, ...info } = readInfo(source, pid)
    if (options.filter?.(info) === false) continue
    processes.push(readProcess(source, { ...info, hasMemory }, notes, options))
  }
  return {
    takenAt: notes?.takenAt ?? source.takenAt,
    meminfo: meminfo === undefined ? undefined : parseMeminfo(Buffer.from(meminfo).toString('latin1')),
    processes,
    problems: source.problems,
  }
}

/** The names of this machine's users; to be given for trees, whose owners are uids of this machine. */
export function localUserNames(): ReadonlyMap<number, string> {
  return readUserNames()
}

function readProcess(
  source: FileSource, { hasMemory, ...info }: CapturedInfo, notes: CaptureNotes | undefined,
  options: ReadSnapshotOptions,
): SnapshotProcess {
  const reading = readFigures(source, info.pid, hasMemory, options)
  const noted = reading.usage === null && reading.unavailable.code === NOT_CAPTURED ? notes?.unread.get(info.pid) : undefined
  const named = source.userName(info.pid) ?? options.userNames?.get(info.uid)
  return Object.assign(info, {
    user: named ?? (info.uid === UNKNOWN_UID ? '?' : String(info.uid)),
    rss: info.rss > 0 ? info.rss : reading.usage?.rss ?? 0,
    usage: reading.usage,
    unavailable: noted ?? reading.unavailable,
    costNs: 0,
    mappings: reading.groups,
  })
}

type Reading = Read | { usage: null, unavailable: Unavailable, groups?: undefined }

interface Read {
  readonly usage: MemoryUsage
  readonly unavailable: null
  readonly groups: MappingGroup[] | undefined
}

function readFigures(
  source: FileSource, pid: number, hasMemory: boolean | undefined, options: ReadSnapshotOptions,
): Reading {
  const smaps = source.read(pid, 'smaps')
  const rollup = options.source === 'rollup' || smaps === undefined ? source.read(pid, 'smaps_rollup') : undefined
  const hasRollup = rollup !== undefined && rollup.length > 0
  if (smaps === undefined && !hasRollup) {
    return { usage: null, unavailable: hasMemory === false ? NO_MEMORY : source.whyUnread(pid, 'smaps') }
  }
  if (smaps?.length === 0 && !hasRollup) return { usage: null, unavailable: hasMemory === true ? WAS_UNREADABLE : NO_MEMORY }
  if (hasRollup && (options.groups !== true || smaps === undefined)) return parse(rollup, 'rollup')

  const sums = options.groups === true ? new MappingSums() : undefined
  const read = parse(smaps ?? new Uint8Array(), 'smaps', sums)
  if (read.usage === null) return read
  const figures = hasRollup ? parse(rollup, 'rollup') : read
  return { ...(figures.usage === null ? read : figures), groups: sums?.toGroups() }
}

function parse(bytes: Uint8Array, source: UsageSource, sink?: MappingSink): Reading {
  const { totals, malformed, offset } = parseSmaps(bytes, source, sink)
  if (malformed !== 0) {
    const reason = `${MALFORMED_REASONS[malformed] ?? 'unknown'}, at byte ${offset}`
    return { usage: null, unavailable: { code: 'ERR_MALFORMED_SMAPS', reason } }
  }
  const usage = toMemoryUsage(totals.subarray(0, FIELD_COUNT), 0, source, 0)
  return { usage, unavailable: null, groups: undefined }
}

const NO_MEMORY: Unavailable = {
  code: 'ERR_NO_ADDRESS_SPACE', reason: 'has no address space (a kernel thread, or a zombie)',
}

const WAS_UNREADABLE: Unavailable = {
  code: NOT_CAPTURED, reason: 'its smaps is empty: whoever made the capture could not read it',
}
