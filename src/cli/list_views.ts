import {
  groupProcesses, hasMemory, smemName, treeRows, type FigureSums, type Group, type Snapshot, type SnapshotProcess, type TreeRow,
} from '../processes/index.ts'
import { GROUP_VIEW, TREE_VIEW, type View } from '../report/index.ts'
import {
  MAPPING_VIEW, mappingRows, PROCESS_VIEW, processRows, SYSTEM_VIEW, systemRows, toSmemProcesses, USER_VIEW, userRows,
  type SmemMeminfo,
} from '../report/smem/index.ts'
import type { Meminfo } from '../system/index.ts'
import { UsageError } from './command.ts'
import type { ListRequest } from './list_request.ts'
import type { TextFilter } from './text_filter.ts'

/** Rows of one of the views with what is known of its columns; the rows' type stays between the two. */
export interface Listing {
  /** What the JSON of it is called. */
  readonly type: string
  show<Result>(use: <Row>(view: View<Row>, rows: readonly Row[]) => Result): Result
}

export function listingOf(
  snapshot: Snapshot, request: ListRequest, { numeric, reverse, kernelSize }: ListingOptions,
): Listing {
  const wanted = ofUsers(snapshot.processes, request.userFilter)
  const smem = toSmemProcesses(wanted)
  const mappings = request.mappingFilter?.matching(smem.flatMap((process) => process.mappings.map(({ name }) => name)))
  const filters = mappings === undefined ? {} : { mapping: (name: string): boolean => mappings.has(name) }
  const named = (processes: readonly SnapshotProcess[]): readonly SnapshotProcess[] => (
    numeric ? processes.map((process) => ({ ...process, user: String(process.uid) })) : processes)
  switch (request.view) {
    case 'mappings':
      return listing('mappings', MAPPING_VIEW, mappingRows(smem, { filters, numeric }))
    case 'users':
      return listing('users', USER_VIEW, userRows(smem, { filters, numeric }))
    case 'system':
      return listing('system', SYSTEM_VIEW, systemRows(toKilobytes(snapshot.meminfo), {
        ...(request.realMem === undefined ? {} : { realMem: request.realMem }),
        ...(kernelSize === undefined ? {} : { kernelSize }),
      }))
    case 'groups':
      return listing<Group>('groups', GROUP_VIEW, groupsOf(named(wanted), request))
    case 'tree':
      return listing<TreeRow<SnapshotProcess>>(
        'tree', TREE_VIEW, treeRows(named(wanted.filter(hasMemory)), siblingOrder(request.sort, reverse)),
      )
    case 'processes':
      return listing('processes', PROCESS_VIEW, processRows(smem, { filters, numeric }))
  }
}

export interface ListingOptions {
  readonly numeric: boolean
  readonly reverse: boolean
  /** kB. */
  readonly kernelSize: number | undefined
}

/** The processes of users whose names match. */
export function ofUsers(processes: readonly SnapshotProcess[], filter: TextFilter | undefined): readonly SnapshotProcess[] {
  const users = filter?.matching(processes.map(({ user }) => user))
  return users === undefined ? processes : processes.filter(({ user }) => users.has(user))
}

/** Siblings by the sum of the column asked for; as everywhere, the largest come last unless reversed, but without -s first. */
function siblingOrder(sort: string, reverse: boolean): (a: FigureSums, b: FigureSums) => number {
  const figure = TREE_SORTS.get(sort)
  if (figure === undefined) {
    throw new UsageError(`--tree sorts by what subtrees use, and not by ${sort}: --sort takes uss, pss, rss, treeuss or treepss`)
  }
  const direction = sort !== '' && !reverse ? 1 : -1
  return (a, b) => direction * (a[figure] - b[figure])
}

/** The filter knows mappings by the names that -m shows. */
function groupsOf(processes: readonly SnapshotProcess[], { by = 'program', mappingFilter }: ListRequest): Group[] {
  if (mappingFilter === undefined) return groupProcesses(processes, by)
  const names = new Map(processes.flatMap(({ mappings = [] }) => mappings.map(({ path }) => [path, smemName(path ?? '')] as const)))
  const matching = mappingFilter.matching([...names.values()])
  return groupProcesses(processes.map((process) => ({
    ...process, mappings: process.mappings?.filter(({ path }) => matching.has(names.get(path) ?? '')),
  })), by)
}

const TREE_SORTS: ReadonlyMap<string, 'uss' | 'pss' | 'rss'> = new Map([
  ['', 'pss'], ['uss', 'uss'], ['pss', 'pss'], ['rss', 'rss'], ['treeuss', 'uss'], ['treepss', 'pss'],
])

function listing<Row>(type: string, view: View<Row>, rows: readonly Row[]): Listing {
  return { type, show: (use) => use(view, rows) }
}

/** What percentages are of, in kB. */
export function wholeOf(snapshot: Snapshot, { realMem }: ListRequest): { memory: number, swap: number } {
  const { memTotal, swapTotal } = toKilobytes(snapshot.meminfo)
  return { memory: realMem ?? memTotal ?? 0, swap: swapTotal ?? 0 }
}

function toKilobytes(meminfo: Meminfo | undefined): SmemMeminfo {
  const kilobytes = (bytes: number | undefined): number | undefined => bytes === undefined ? undefined : bytes / 1024
  return {
    memTotal: kilobytes(meminfo?.memTotal),
    memFree: kilobytes(meminfo?.memFree),
    buffers: kilobytes(meminfo?.buffers),
    cached: kilobytes(meminfo?.cached),
    sReclaimable: kilobytes(meminfo?.sReclaimable),
    anonPages: kilobytes(meminfo?.anonPages),
    mapped: kilobytes(meminfo?.mapped),
    swapTotal: kilobytes(meminfo?.swapTotal),
  }
}
