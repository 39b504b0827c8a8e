import type { SnapshotProcess } from '../../processes/index.ts'
import type { SmemFilters, SmemMapping, SmemProcess } from './snapshot.ts'

/** One row a process. */
export function processRows(processes: readonly SmemProcess[], options: SmemViewOptions = {}): ProcessRow[] {
  return Array.from(selected(processes, options.filters), ({ process, mappings }) => processRow(process, mappings, options.numeric))
}

/** The row of one process with these mappings of it. */
export function processRow(process: SmemProcess, mappings: readonly SmemMapping[], numeric = false): ProcessRow {
  return {
    pid: process.pid,
    user: numeric ? process.uid : process.user,
    name: process.comm,
    // A process may have wiped its arguments; the brackets are ps's sign for a name in their place.
    command: process.command === '' ? `[${process.comm}]` : process.command,
    maps: countOf(mappings),
    ...(mappings.length > 0 ? addAll(noMemory(), mappings) : unread(process.unreadRss)),
    scanned: process.scanned,
  }
}

/** One row a uid. */
export function userRows(processes: readonly SmemProcess[], options: SmemViewOptions = {}): UserRow[] {
  const rows = new Map<number, UserRow>()
  for (const { process: { uid, user }, mappings } of selected(processes, options.filters)) {
    const row = rows.get(uid) ?? { user: options.numeric === true ? uid : user, count: 0, ...noMemory() }
    rows.set(uid, row)
    if (mappings.length > 0) row.count++
    addAll(row, mappings)
  }
  return [...rows.values()].filter(({ count }) => count > 0)
}

/** One row a name of a mapping, over all processes. */
export function mappingRows(processes: readonly SmemProcess[], options: SmemViewOptions = {}): MappingRow[] {
  const rows = new Map<string, MappingRow>()
  for (const { mappings } of selected(processes, options.filters)) {
    const seen = new Set<string>()
    for (const mapping of mappings) {
      const map = mapping.name
      const row = rows.get(map) ?? { map, count: 0, pids: 0, ...noMemory(), avgpss: 0, avguss: 0, avgrss: 0 }
      rows.set(map, row)
      row.count += mapping.count ?? 1
      if (!seen.has(map)) row.pids++
      seen.add(map)
      addAll(row, [mapping])
    }
  }
  for (const row of rows.values()) setAverages(row)
  return [...rows.values()]
}

export interface SmemViewOptions {
  readonly filters?: SmemFilters
  /** uids instead of user names. */
  readonly numeric?: boolean
}

export interface MemoryFigures {
  /** kB, NaN where not known. */
  swap: number
  uss: number
  rss: number
  pss: number
  vss: number
}

export interface ProcessRow extends MemoryFigures {
  pid: number
  /** The uid, when uids are asked for. */
  user: string | number
  name: string
  command: string
  /** How many mappings. */
  maps: number
  /** For the columns that smem does not have. */
  scanned?: SnapshotProcess | undefined
}

export interface UserRow extends MemoryFigures {
  user: string | number
  /** How many processes. */
  count: number
}

export interface MappingRow extends MemoryFigures {
  map: string
  /** How many mappings of this name. */
  count: number
  /** How many processes have one. */
  pids: number
  /** kB a process, cut to whole kB. */
  avgpss: number
  avguss: number
  avgrss: number
}

interface Selected {
  process: SmemProcess
  mappings: readonly SmemMapping[]
}

/** The processes and mappings that the filters leave, one after the other. */
function* selected(processes: readonly SmemProcess[], filters: SmemFilters = {}): Generator<Selected> {
  const { process: wantsProcess, user: wantsUser, mapping: wantsMapping } = filters
  for (const process of processes) {
    if (wantsUser?.(process.user) === false || wantsProcess?.(process) === false) continue
    const all = process.mappings
    const mappings = wantsMapping === undefined ? all : all.filter(({ name }) => wantsMapping(name))
    if (mappings.length > 0 || process.unreadRss !== undefined) yield { process, mappings }
  }
}

function countOf(mappings: readonly SmemMapping[]): number {
  return mappings.reduce((sum, { count = 1 }) => sum + count, 0)
}

function unread(rss = NaN): MemoryFigures {
  return { swap: NaN, uss: NaN, rss, pss: NaN, vss: NaN }
}

function noMemory(): MemoryFigures {
  return { swap: 0, uss: 0, rss: 0, pss: 0, vss: 0 }
}

function addAll<T extends MemoryFigures>(figures: T, mappings: readonly SmemMapping[]): T {
  for (const mapping of mappings) {
    figures.swap += mapping.swap
    figures.uss += mapping.privateClean + mapping.privateDirty
    figures.rss += mapping.rss
    figures.pss += mapping.pss
    figures.vss += mapping.size
  }
  return figures
}

function setAverages(row: MappingRow): void {
  row.avgpss = Math.trunc(row.pss / row.pids)
  row.avguss = Math.trunc(row.uss / row.pids)
  row.avgrss = Math.trunc(row.rss / row.pids)
}
