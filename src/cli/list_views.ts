import {
  groupProcesses, treeRows, type FigureSums, type Group, type Snapshot, type SnapshotProcess, type TreeRow,
} from '../processes/index.ts'
import { GROUP_VIEW, TREE_VIEW, type View } from '../report/index.ts'
import {
  MAPPING_VIEW, mappingRows, PROCESS_VIEW, processRows, SYSTEM_VIEW, systemRows, toSmemProcesses, USER_VIEW, userRows,
  type SmemMeminfo,
} from '../report/smem/index.ts'
import type { Meminfo } from '../system/index.ts'
import type { ListRequest } from './list_request.ts'

/** Rows of one of the views with what is known of its columns; the rows' type stays between the two. */
export interface Listing {
  /** What the JSON of it is called. */
  readonly type: string
  show<Result>(use: <Row>(view: View<Row>, rows: readonly Row[]) => Result): Result
}

export function listingOf(
  snapshot: Snapshot, request: ListRequest, { numeric, reverse, kernelSize }: ListingOptions,
): Listing {
  const wanted = snapshot.processes.filter(({ user }) => request.userFilter?.test(user) ?? true)
  const smem = toSmemProcesses(wanted)
  const { mappingFilter } = request
  const filters = mappingFilter === undefined ? {} : { mapping: (name: string): boolean => mappingFilter.test(name) }
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
      return listing<Group>('groups', GROUP_VIEW, groupProcesses(wanted, request.by ?? 'program'))
    case 'tree':
      return listing<TreeRow<SnapshotProcess>>(
        'tree', TREE_VIEW, treeRows(wanted.filter(hasMemory), siblingOrder(request.sort, reverse)),
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

/** Siblings by the column asked for; as everywhere, the largest come last unless reversed, but subtrees by PSS first. */
function siblingOrder(sort: string, reverse: boolean): (a: FigureSums, b: FigureSums) => number {
  const figure = ({ uss: 'uss', treeuss: 'uss', rss: 'rss' } as const)[sort] ?? 'pss'
  const direction = sort !== '' && !reverse ? 1 : -1
  return (a, b) => direction * (a[figure] - b[figure])
}

/** Kernel threads and zombies have no place in a tree of memory. */
function hasMemory({ unavailable }: SnapshotProcess): boolean {
  return unavailable?.code !== 'ERR_NO_ADDRESS_SPACE'
}

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
