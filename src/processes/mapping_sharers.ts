import { readlinkSync } from 'node:fs'
import { readMappingsAsync } from '../smaps/index.ts'
import { programName } from './group.ts'
import { fileKey, type MappedItem } from './mapping_summary.ts'
import type { ScannedProcess } from './process_info.ts'

/** Who else maps something. */
export interface Sharers {
  /** Readable processes besides the one that is looked at. */
  readonly processes: number
  /** What they run, most frequent first. */
  readonly programs: readonly SharingProgram[]
}

export interface SharingProgram {
  readonly program: string
  readonly processes: number
}

/**
 * For each item that is a file or shared memory: the other processes that map it. `scanned` comes from a scan with
 * `mappings`. Names alone prove nothing of removed files, of memory that only looks like a file, and of processes that
 * see other file systems; there device and inode are compared, for which such a process is read once more.
 */
export async function findSharers(
  items: readonly MappedItem[], pid: number, scanned: readonly ScannedProcess[], procRoot = '/proc',
): Promise<ReadonlyMap<MappedItem, Sharers>> {
  const byPath = new Map<string, MappedItem[]>()
  for (const item of items) {
    if (item.path === undefined || item.files.size === 0) continue
    byPath.set(item.path, [...(byPath.get(item.path) ?? []), item])
  }
  const programs = new Map<MappedItem, Map<string, number>>([...byPath.values()].flat().map((item) => [item, new Map()]))
  const namespace = mountNamespace(procRoot, pid)
  for (const process of scanned) {
    if (process.pid === pid || process.mappings === undefined) continue
    const candidates = process.mappings.flatMap(({ path }) => (path === undefined ? [] : byPath.get(path) ?? []))
    const isSameView = namespace !== undefined && mountNamespace(procRoot, process.pid) === namespace
    const name = programName(process)
    for (const item of await confirmed(candidates, process.pid, isSameView, procRoot)) {
      const counts = programs.get(item)
      counts?.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  return new Map([...programs].map(([item, counts]) => [item, toSharers(counts)]))
}

async function confirmed(
  candidates: readonly MappedItem[], pid: number, isSameView: boolean, procRoot: string,
): Promise<Iterable<MappedItem>> {
  const items = new Set(candidates)
  const sure = [...items].filter((item) => isSameView && !needsProof(item))
  if (sure.length === items.size) return sure
  const files = await filesOf(pid, procRoot)
  return [...items].filter((item) => sure.includes(item) || [...item.files].some((file) => files.has(file)))
}

function needsProof({ kind, deleted }: MappedItem): boolean {
  return deleted || kind === 'shared' || kind === 'code'
}

async function filesOf(pid: number, procRoot: string): Promise<ReadonlySet<string>> {
  try {
    const mappings = await readMappingsAsync(pid, { procRoot })
    return new Set(mappings.map(fileKey))
  } catch {
    // It ended since the scan.
    return new Set()
  }
}

/** undefined where the tree has none, as captures and tests: names prove nothing there either. */
function mountNamespace(procRoot: string, pid: number): string | undefined {
  try {
    return readlinkSync(`${procRoot}/${pid}/ns/mnt`)
  } catch {
    return undefined
  }
}

function toSharers(counts: ReadonlyMap<string, number>): Sharers {
  const programs = [...counts].map(([program, processes]) => ({ program, processes }))
  programs.sort((a, b) => b.processes - a.processes || (a.program < b.program ? -1 : 1))
  return { processes: programs.reduce((sum, { processes }) => sum + processes, 0), programs }
}
