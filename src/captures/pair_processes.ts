import { programName, type SnapshotProcess } from '../processes/index.ts'

/** A process before and after; one of them is undefined when it is new or gone. */
export type ProcessPair = readonly [before: SnapshotProcess | undefined, after: SnapshotProcess | undefined]

/**
 * Pairs the processes of two snapshots: by pid and start time, or by pid and program where a side does not know the start time
 * (0: a capture without stat). The start time is a time after boot: after a restart of the machine, hardly any pair is left.
 */
export function pairProcesses(before: readonly SnapshotProcess[], after: readonly SnapshotProcess[]): ProcessPair[] {
  const old = new Map(before.map((process) => [process.pid, process]))
  const pairs: ProcessPair[] = []
  for (const process of after) {
    const candidate = old.get(process.pid)
    if (candidate !== undefined && isSame(candidate, process)) {
      old.delete(process.pid)
      pairs.push([candidate, process])
    } else {
      pairs.push([undefined, process])
    }
  }
  return [...pairs, ...[...old.values()].map((process): ProcessPair => [process, undefined])]
}

function isSame(before: SnapshotProcess, after: SnapshotProcess): boolean {
  if (before.startTime !== 0 && after.startTime !== 0) return before.startTime === after.startTime
  return programName(before) === programName(after)
}
