import { join } from 'node:path'
import type { CgroupPlace } from './cgroup_mounts.ts'
import { readCounts, readNumber, readText } from './text_file.ts'

/** A limit of a control group, and the folder whose use counts against it. */
export interface CgroupLimit {
  readonly bytes: number
  /** The file that says so. */
  readonly path: string
  readonly folder: string
}

/** What a control group uses, bytes. */
export interface CgroupUse {
  /** Page cache that can be dropped is left out. */
  readonly used: number
  readonly cache: number
  /** The file that says so. */
  readonly path: string
}

/** Version 1 writes 'none' as the largest whole number of pages, which is about 2 ** 63. */
const NO_LIMIT = 2 ** 62

/** The limits from the process's own group up, the smallest first; of equal ones the outermost, against which more counts. */
export function readLimits({ version, levels }: CgroupPlace): CgroupLimit[] {
  const file = version === 2 ? 'memory.max' : 'memory.limit_in_bytes'
  const limits: CgroupLimit[] = []
  if (version === 1) {
    // Knows of the groups above the mount too, whose use cannot be seen: that of the topmost one that can stands for it.
    const path = join(levels[0], 'memory.stat')
    const bytes = readCounts(path).get('hierarchical_memory_limit')
    if (bytes !== undefined) limits.push({ bytes, path, folder: levels.at(-1) ?? levels[0] })
  }
  for (const folder of levels) {
    const path = join(folder, file)
    const bytes = readNumber(path)
    if (bytes !== undefined) limits.push({ bytes, path, folder })
  }
  return limits.filter(({ bytes }) => bytes < NO_LIMIT).reverse().sort((a, b) => a.bytes - b.bytes)
}

/** The smallest memory.high from the process's own group up, from which on it is slowed down; undefined without any. */
export function readHigh({ version, levels }: CgroupPlace): number | undefined {
  if (version === 1) return undefined
  const highs = levels.map((folder) => readNumber(join(folder, 'memory.high'))).filter((bytes) => bytes !== undefined)
  return highs.length === 0 ? undefined : Math.min(...highs)
}

/** undefined when the group has vanished. */
export function readUse(version: 1 | 2, folder: string): CgroupUse | undefined {
  return version === 2 ? readUse2(folder) : readUse1(folder)
}

/** Everything that counts against the limit, page cache included; undefined when the group has vanished. */
export function readCharge(version: 1 | 2, folder: string): number | undefined {
  return readNumber(join(folder, version === 2 ? 'memory.current' : 'memory.usage_in_bytes'))
}

function readUse2(folder: string): CgroupUse | undefined {
  const path = join(folder, 'memory.current')
  const current = readNumber(path)
  const stat = readCounts(join(folder, 'memory.stat'))
  const file = stat.get('file')
  if (current === undefined || file === undefined) return undefined
  // Shared memory is counted as file, and cannot be dropped. The two files are of two moments: hence the limits.
  const cache = Math.max(0, file - (stat.get('shmem') ?? 0))
  return { used: Math.max(0, current - cache - (stat.get('slab_reclaimable') ?? 0)), cache, path }
}

function readUse1(folder: string): CgroupUse | undefined {
  const path = join(folder, 'memory.stat')
  const stat = readCounts(path)
  const figure = (name: string): number | undefined => stat.get(`total_${name}`) ?? stat.get(name)
  const rss = figure('rss')
  const cached = figure('cache')
  if (rss === undefined || cached === undefined) return undefined
  const lists = (figure('inactive_file') ?? 0) + (figure('active_file') ?? 0)
  const shmem = Math.min(cached, figure('shmem') ?? Math.max(0, cached - lists))
  const kernel = readNumber(join(folder, 'memory.kmem.usage_in_bytes')) ?? 0
  return { used: rss + shmem + kernel, cache: cached - shmem, path }
}

/** Whether the folder is still a group. */
export function isThere(folder: string): boolean {
  return readText(join(folder, 'cgroup.procs')) !== undefined
}
