import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupMountPoints } from '../../system/index.ts'

/**
 * The processes of a control group and of those below it; undefined when there is none at `path`: its folder, or its name as
 * /proc/PID/cgroup has it. Synchronous: some 20 microseconds a group.
 */
export function cgroupMembers(path: string): ReadonlySet<number> | undefined {
  const places = [path, ...cgroupMountPoints().map((mount) => join(mount, path))]
  const folder = places.find((place) => existsSync(join(place, 'cgroup.procs')))
  if (folder === undefined) return undefined
  const pids = new Set<number>()
  collect(folder, pids)
  return pids
}

function collect(folder: string, pids: Set<number>): void {
  try {
    for (const line of readFileSync(join(folder, 'cgroup.procs'), 'latin1').split('\n')) {
      // 0 stands for a process of another pid namespace.
      if (/^[1-9]\d*$/.test(line)) pids.add(Number(line))
    }
  } catch {
    // Removed meanwhile, or a threaded group: its processes stand in the group above it.
  }
  for (const name of groupsIn(folder)) collect(join(folder, name), pids)
}

function groupsIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}
