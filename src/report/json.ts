import { SCHEMA } from '../json_text.ts'
import type { Coverage, Snapshot, SnapshotProcess } from '../processes/index.ts'
import { toNumber } from './amount.ts'
import { plainCell, type Column, type View } from './columns.ts'

/** A snapshot as docs/json.md describes it. What is not known is null. */
export function snapshotDocument(snapshot: Snapshot, processes: readonly SnapshotProcess[], coverage: Coverage): object {
  return {
    schema: SCHEMA,
    type: 'snapshot',
    takenAt: orNull(snapshot.takenAt),
    meminfo: snapshot.meminfo === undefined ? null : nullsForUnknown(snapshot.meminfo),
    coverage: coverageDocument(coverage),
    processes: processes.map(processDocument),
  }
}

export function processDocument(process: SnapshotProcess): object {
  const { pid, ppid, startTime, uid, user, comm, commandLine, cgroup, threads, state, kernelThread, rss, costNs } = process
  const { usage, unavailable, mappings } = process
  // By name: snapshots of captures carry more, which is nobody's business.
  return {
    ...nullsForUnknown({
      pid, ppid, startTime, uid, user, comm, commandLine, cgroup, threads, state, kernelThread, rss, costNs, unavailable,
    }),
    usage: usage === null ? null : nullsForUnknown(usage),
    ...(mappings === undefined ? {} : {
      mappings: mappings.map((group) => ({ path: orNull(group.path), usage: nullsForUnknown(group.usage) })),
    }),
  }
}

export function coverageDocument({ unreadCount, unreadRss, codes }: Coverage): object {
  return { unread: unreadCount, unreadRss, codes: Object.fromEntries(codes) }
}

/** A row of a view by its columns' names: amounts in bytes, null for what is not known. */
export function rowDocument<Row>(view: View<Row>, row: Row): object {
  return Object.fromEntries(view.columns.map((column) => [column.name, rowValue(column, row)]))
}

function rowValue<Row>(column: Column<Row>, row: Row): string | number | null {
  const cell = plainCell(column, row)
  if (cell === undefined || typeof cell === 'string') return cell ?? null
  return column.kind === 'amount' ? Math.round(toNumber(cell) * 1024) : toNumber(cell)
}

function nullsForUnknown(object: object): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, orNull(value)]))
}

function orNull<T>(value: T | undefined): T | null {
  return value ?? null
}
