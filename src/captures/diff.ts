import { hasMemory, programName, type MappingGroup, type Snapshot, type SnapshotProcess } from '../processes/index.ts'
import { pairProcesses } from './pair_processes.ts'

export type DiffBy = 'process' | 'program' | 'mapping'

export const DIFF_FIGURES = ['pss', 'uss', 'rss', 'swap'] as const
export type DiffFigure = (typeof DIFF_FIGURES)[number]

/** Bytes. A sum is undefined as soon as one of its parts is not known. */
export type DiffFigures = Readonly<Record<DiffFigure, number | undefined>>

/** What one side holds of a row. */
export interface DiffSide extends DiffFigures {
  /** How many processes. */
  readonly processes: number
  /** Those of them whose figures are not known. */
  readonly unread: number
}

export interface DiffRow {
  /** The name of the program, or the path of the mapping; undefined for mappings without a name. */
  readonly name: string | undefined
  /** Of the process; undefined for programs and mappings. */
  readonly pid: number | undefined
  /** Milliseconds after boot, of the process. */
  readonly startTime: number | undefined
  /** The process as it was last seen. */
  readonly process: SnapshotProcess | undefined
  readonly status: 'new' | 'gone' | 'both'
  /** null: it is new. */
  readonly before: DiffSide | null
  /** null: it is gone. */
  readonly after: DiffSide | null
  /** After less before, where nothing is 0; undefined where a side is not known. */
  readonly growth: DiffFigures
}

export interface SnapshotDiff {
  readonly by: DiffBy
  /** Sorted by growth, the largest first; those of which it is not known last. */
  readonly rows: readonly DiffRow[]
  readonly total: DiffTotal
}

/** The rows together, without those of which a side is not known; `processes` and `unread` are those of the snapshots. */
export interface DiffTotal {
  readonly before: DiffSide
  readonly after: DiffSide
  readonly growth: DiffFigures
  /** Rows that are not in the sums, for their PSS is not known before or after. */
  readonly leftOut: number
}

export interface DiffOptions {
  /** @default 'process' */
  readonly by?: DiffBy
  /** @default 'pss' */
  readonly sort?: DiffFigure
}

/**
 * What grew from one snapshot to the other. Processes are the same when pid and start time are, or pid and program where a side
 * does not know the start time. Kernel threads and zombies have no memory, and no rows.
 *
 * A mapping's `processes` counts those that have it. Mappings are known of processes that were read with them only.
 */
export function diffSnapshots(before: Snapshot, after: Snapshot, options: DiffOptions = {}): SnapshotDiff {
  const { by = 'process', sort = 'pss' } = options
  const [old, current] = [before.processes.filter(hasMemory), after.processes.filter(hasMemory)]
  const rows = rowsBy[by](old, current)
  return { by, rows: rows.sort(byGrowth(sort)), total: totalOf(rows, old, current) }
}

const rowsBy: Readonly<Record<DiffBy, (before: Processes, after: Processes) => DiffRow[]>> = {
  process: (before, after) => pairProcesses(before, after).map(([old, current]) => {
    const process = current ?? old
    const name = process && programName(process)
    return rowOf(name, old && addProcess(undefined, old), current && addProcess(undefined, current), process)
  }),
  program: (before, after) => joined(sumsByProgram(before), sumsByProgram(after)),
  mapping: (before, after) => joined(sumsByMapping(before), sumsByMapping(after)),
}

type Processes = readonly SnapshotProcess[]
type Sums = Map<string | undefined, DiffSide>

function sumsByProgram(processes: Processes): Sums {
  const sums: Sums = new Map()
  for (const process of processes) {
    const program = programName(process)
    sums.set(program, addProcess(sums.get(program), process))
  }
  return sums
}

function sumsByMapping(processes: Processes): Sums {
  const sums: Sums = new Map()
  for (const { mappings = [] } of processes) {
    for (const group of mappings) sums.set(group.path, addMapping(sums.get(group.path), group))
  }
  return sums
}

function joined(before: Sums, after: Sums): DiffRow[] {
  return [...new Set([...before.keys(), ...after.keys()])].map((name) => rowOf(name, before.get(name), after.get(name), undefined))
}

function rowOf(
  name: string | undefined, before: DiffSide | undefined, after: DiffSide | undefined, process: SnapshotProcess | undefined,
): DiffRow {
  return {
    name,
    pid: process?.pid,
    startTime: process?.startTime,
    process,
    status: before === undefined ? 'new' : after === undefined ? 'gone' : 'both',
    before: before ?? null,
    after: after ?? null,
    growth: growthOf(before, after),
  }
}

const NOTHING: DiffSide = { pss: 0, uss: 0, rss: 0, swap: 0, processes: 0, unread: 0 }

function addProcess(side: DiffSide = NOTHING, { usage, rss }: SnapshotProcess): DiffSide {
  return {
    pss: sum(side.pss, usage?.pss),
    uss: sum(side.uss, usage?.uss),
    // statm is always readable.
    rss: sum(side.rss, usage?.rss ?? rss),
    swap: sum(side.swap, usage?.swap),
    processes: side.processes + 1,
    unread: side.unread + (usage === null ? 1 : 0),
  }
}

function addMapping(side: DiffSide = NOTHING, { usage }: MappingGroup): DiffSide {
  const { pss, uss, rss, swap, processes, unread } = side
  return {
    pss: sum(pss, usage.pss), uss: sum(uss, usage.uss), rss: sum(rss, usage.rss), swap: sum(swap, usage.swap),
    processes: processes + 1, unread,
  }
}

function totalOf(rows: readonly DiffRow[], old: Processes, current: Processes): DiffTotal {
  const sides = (['before', 'after'] as const).map((side): DiffSide => {
    const total = (figure: DiffFigure): number => rows.reduce(
      (bytes, row) => bytes + (row.growth[figure] === undefined ? 0 : row[side]?.[figure] ?? 0), 0)
    const processes = side === 'before' ? old : current
    return {
      pss: total('pss'), uss: total('uss'), rss: total('rss'), swap: total('swap'),
      processes: processes.length, unread: processes.filter(({ usage }) => usage === null).length,
    }
  })
  const [before = NOTHING, after = NOTHING] = sides
  return { before, after, growth: growthOf(before, after), leftOut: rows.filter(({ growth }) => growth.pss === undefined).length }
}

function growthOf(before: DiffSide = NOTHING, after: DiffSide = NOTHING): DiffFigures {
  const growth = (figure: DiffFigure): number | undefined => {
    const [old, current] = [before[figure], after[figure]]
    return old === undefined || current === undefined ? undefined : current - old
  }
  return { pss: growth('pss'), uss: growth('uss'), rss: growth('rss'), swap: growth('swap') }
}

function sum(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left + right
}

function byGrowth(figure: DiffFigure): (left: DiffRow, right: DiffRow) => number {
  return (left, right) => {
    const [a, b] = [left.growth[figure], right.growth[figure]]
    if (a !== undefined && b !== undefined && a !== b) return b - a
    if ((a === undefined) !== (b === undefined)) return a === undefined ? 1 : -1
    if (left.name !== right.name) return (left.name ?? '') < (right.name ?? '') ? -1 : 1
    return (left.pid ?? 0) - (right.pid ?? 0)
  }
}
