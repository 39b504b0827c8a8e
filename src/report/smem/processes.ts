import { figuresToKilobytes, smemName, toKilobytes, type SnapshotProcess } from '../../processes/index.ts'
import type { SmemMapping, SmemProcess } from './snapshot.ts'

/** The name of what is known only as a whole: a capture may have the mappings of some processes and not of others. */
const UNRECORDED = '[mappings not recorded]'

/** What a scan that left a process out on purpose says of it. */
const LEFT_OUT = new Set(['ERR_OVER_MAX_RSS', 'ERR_OVER_BUDGET'])

/** A snapshot's processes as smem's views take them. */
export function toSmemProcesses(processes: readonly SnapshotProcess[]): SmemProcess[] {
  const names = new Map<string | undefined, string>()
  return processes.map((process) => {
    const { pid, uid, user, comm, commandLine, unavailable, rss } = process
    const leftOut = unavailable !== null && LEFT_OUT.has(unavailable.code)
    return {
      pid, uid, user, comm,
      command: commandLine?.join(' ') ?? '?',
      // Made when a view comes to it, and gone when the view is past it.
      get mappings() {
        return mappingsOf(process, names)
      },
      ...(leftOut ? { unreadRss: rss / 1024 } : {}),
      scanned: process,
    }
  })
}

/** By name; or all as one, where only the whole was read. */
function mappingsOf({ usage, mappings }: SnapshotProcess, names: Map<string | undefined, string>): SmemMapping[] {
  if (usage === null) return []
  if (mappings === undefined) return [figuresToKilobytes(usage, UNRECORDED)]
  return mappings.map((group) => {
    const name = names.get(group.path) ?? smemName(group.path ?? '')
    names.set(group.path, name)
    return toKilobytes(group, name)
  })
}
