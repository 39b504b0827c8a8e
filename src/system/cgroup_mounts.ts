import { join } from 'node:path'
import { memoryPath, unifiedPath } from './cgroup_path.ts'
import { parseMountinfo, type Mount } from './mounts.ts'
import { readText } from './text_file.ts'

/** Where a control group of a process is mounted. */
export interface CgroupPlace {
  readonly version: 1 | 2
  /** Its folder, then those above it, up to the mount's root. They may have vanished since. */
  readonly levels: readonly [string, ...string[]]
}

export interface CgroupPlaces {
  /** Where the process's memory is accounted; undefined without control groups, or when it is mounted nowhere. */
  readonly memory: CgroupPlace | undefined
  /** Of version 2, which has memory.pressure even where the memory controller is version 1's. */
  readonly unified: CgroupPlace | undefined
}

export interface CgroupRoots {
  readonly procRoot: string
  /** Stands for /sys/fs/cgroup in the mount points. */
  readonly cgroupRoot: string
}

export const CGROUP_ROOT = '/sys/fs/cgroup'

/** Where control groups with memory in them are mounted, of both versions. */
export function cgroupMountPoints(procRoot = '/proc'): string[] {
  const mounts = parseMountinfo(readText(`${procRoot}/self/mountinfo`) ?? '')
  return mounts.filter((mount) => isUnified(mount) || hasMemory(mount)).map(({ point }) => point)
}

/** Where the control groups are, for the text of a process's /proc/PID/cgroup. `pid` is the process's, as its cgroup.procs say. */
export function findCgroups(membership: string, pid: number, { procRoot, cgroupRoot }: CgroupRoots): CgroupPlaces {
  const mounts = parseMountinfo(readText(`${procRoot}/self/mountinfo`) ?? '').map((mount) => ({
    ...mount, point: isBelow(mount.point, CGROUP_ROOT) ? join(cgroupRoot, mount.point.slice(CGROUP_ROOT.length)) : mount.point,
  }))
  const v1Path = memoryPath(membership)
  const v2Path = unifiedPath(membership)
  const v1Mounts = mounts.filter(hasMemory)
  const v2Mounts = mounts.filter(isUnified)
  const unified = v2Path === undefined ? undefined : place(2, v2Mounts, v2Path, pid)
  return { memory: v1Path === undefined ? unified : place(1, v1Mounts, v1Path, pid), unified }
}

function hasMemory({ type, options }: Mount): boolean {
  return type === 'cgroup' && options.split(',').includes('memory')
}

function isUnified({ type }: Mount): boolean {
  return type === 'cgroup2'
}

function place(version: 1 | 2, mounts: readonly Mount[], path: string, pid: number): CgroupPlace | undefined {
  let best: { point: string; inside: readonly string[] } | undefined
  for (const { root, point } of mounts) {
    const inside = partsBelow(root, path)
    // The one that shows most of what is above; of two alike, the later.
    if (inside !== undefined && inside.length >= (best?.inside.length ?? 0)) best = { point, inside }
  }
  // In a container in a container the path may be told from elsewhere, while the mount shows just this group.
  best ??= mounts.filter(({ point }) => holds(point, pid)).map(({ point }) => ({ point, inside: [] })).at(-1)
  if (best === undefined) return undefined
  const { point, inside } = best
  const above = inside.map((_part, depth) => join(point, ...inside.slice(0, depth))).reverse()
  return { version, levels: [join(point, ...inside), ...above] }
}

/**
 * The parts of `path` below the mount's root; undefined when it is not below it. Both are told from the reader's cgroup namespace,
 * so that what is above of it begins with '/..'; the names of the namespace's own root and what is above are not known then.
 */
function partsBelow(root: string, path: string): readonly string[] | undefined {
  const [mountUps, mountParts] = climb(root)
  const [ups, parts] = climb(path)
  if (mountUps > ups) return mountParts.length === 0 ? [] : undefined
  if (mountUps < ups || mountParts.some((part, i) => part !== parts[i])) return undefined
  return parts.slice(mountParts.length)
}

/** How often it says '..' to begin with, and what follows. */
function climb(path: string): readonly [ups: number, parts: readonly string[]] {
  const parts = path.split('/').filter((part) => part !== '')
  const first = parts.findIndex((part) => part !== '..')
  return first < 0 ? [parts.length, []] : [first, parts.slice(first)]
}

function holds(point: string, pid: number): boolean {
  return readText(join(point, 'cgroup.procs'))?.split('\n').includes(String(pid)) ?? false
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
