import { hasMemory, type Snapshot, type SnapshotProcess } from '../processes/index.ts'
import type { Meminfo } from '../system/index.ts'
import type { CaptureHost } from './capture_notes.ts'
import { SCHEMA, toJsonText } from '../json_text.ts'

/** The first line of each run that wrote to a record. */
export interface RecordHeader extends CaptureHost {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Milliseconds between samples. */
  readonly everyMs: number
}

export function headerLine(header: RecordHeader): string {
  return `${toJsonText({ schema: SCHEMA, type: 'record', ...header })}\n`
}

/** `skipped`: how many samples were due since the one before, and not taken because that one took so long. */
export function sampleLine(snapshot: Snapshot, skipped: number): string {
  const { takenAt, meminfo } = snapshot
  // Kernel threads and zombies have nothing to be recorded.
  const processes = snapshot.processes.filter(hasMemory).map(toRow)
  const more = skipped === 0 ? {} : { skipped }
  return `${toJsonText({ type: 'sample', takenAt, ...more, meminfo: pick(meminfo), processes })}\n`
}

const MEMINFO = [
  'memTotal', 'memFree', 'memAvailable', 'buffers', 'cached', 'swapTotal', 'swapFree', 'anonPages', 'mapped', 'shmem',
  'sReclaimable', 'slab', 'pageTables',
] as const satisfies readonly (keyof Meminfo)[]

const USAGE = ['uss', 'pss', 'rss', 'swap', 'swapPss'] as const

/** As the rows of the JSON that the listing prints, without what hardly anyone looks for in a record. */
function toRow(process: SnapshotProcess): Readonly<Record<string, unknown>> {
  const { pid, ppid, startTime, uid, user, comm, commandLine, cgroup, threads, state, rss, usage, unavailable } = process
  const figures = usage === null ? null : pickFrom(usage, USAGE, { source: usage.source })
  const mappings = process.mappings?.map(({ path, usage: sums }) => (
    { path: path ?? null, usage: pickFrom(sums, [...USAGE, 'mappings'] as const, {}) }))
  return {
    pid, ppid, startTime, uid, user, comm, commandLine, cgroup, threads, state, rss, usage: figures,
    ...(unavailable === null ? {} : { unavailable }),
    ...(mappings === undefined ? {} : { mappings }),
  }
}

function pick(meminfo: Meminfo | undefined): object | null {
  return meminfo === undefined ? null : pickFrom(meminfo, MEMINFO, {})
}

/** Unknown figures are left out: JSON has no undefined. */
function pickFrom<T, K extends keyof T>(from: T, names: readonly K[], more: object): object {
  return Object.assign(Object.fromEntries(names.map((name) => [name, from[name]])), more)
}
