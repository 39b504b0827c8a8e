import { basename } from 'node:path'
import { cgroupNames } from './cgroup_names.ts'
import { addProcess, NO_MEMORY, type FigureSums } from './figure_sums.ts'
import type { SnapshotProcess } from './snapshot.ts'
import { processTree, subtreeOf } from './tree.ts'

/** By what processes can be taken together. */
export const GROUPINGS = ['user', 'program', 'cgroup', 'container', 'unit', 'tree', 'mapping'] as const
export type Grouping = (typeof GROUPINGS)[number]

export interface Group extends FigureSums {
  readonly key: string
}

/** What stands for processes that have no container, unit or cgroup. */
export const NO_GROUP = '-'

/**
 * The processes' memory by group, in the order in which the groups come first. By 'mapping' a process counts in the group of
 * each path that it maps, with what it has of it; that needs a scan with `mappings`.
 */
export function groupProcesses(processes: readonly SnapshotProcess[], by: Grouping): Group[] {
  if (by === 'mapping') return groupByMapping(processes)
  if (by === 'tree') return groupByTree(processes)
  const groups = new Map<string, FigureSums>()
  for (const process of processes) {
    const key = keyOf(process, by)
    groups.set(key, addProcess(groups.get(key) ?? NO_MEMORY, process))
  }
  return nonEmpty(groups)
}

/** The name of what a process runs: its first argument's file name, or what the kernel calls it. */
export function programName({ commandLine, comm }: Pick<SnapshotProcess, 'commandLine' | 'comm'>): string {
  const first = commandLine?.[0] ?? ''
  // Programs that write a title put it all into the first argument: 'nginx: worker process'.
  const title = /^([^\s:/]+):(?:\s|$)/.exec(first)?.[1]
  return title ?? (basename(first.split(' ')[0] ?? '').replace(/^-/, '') || comm)
}

function keyOf(process: SnapshotProcess, by: Exclude<Grouping, 'mapping' | 'tree'>): string {
  switch (by) {
    case 'user':
      return process.user
    case 'program':
      return programName(process)
    case 'cgroup':
      return process.cgroup ?? NO_GROUP
    case 'container':
      return cgroupNames(process.cgroup).container ?? NO_GROUP
    case 'unit':
      return cgroupNames(process.cgroup).unit ?? NO_GROUP
  }
}

/** One group for each process that is a child of the first one, or of none that is listed. */
function groupByTree(processes: readonly SnapshotProcess[]): Group[] {
  const { roots, children } = processTree(processes)
  const tops = roots.flatMap((root) => root.pid === 1 ? [root, ...(children.get(1) ?? [])] : [root])
  const groups = new Map<string, FigureSums>()
  for (const top of tops) {
    const members = top.pid === 1 ? [top] : subtreeOf(top, children)
    groups.set(`${programName(top)} (${top.pid})`, members.reduce(addProcess, NO_MEMORY))
  }
  return nonEmpty(groups)
}

function groupByMapping(processes: readonly SnapshotProcess[]): Group[] {
  const groups = new Map<string, FigureSums>()
  for (const { mappings } of processes) {
    for (const { path = '<anonymous>', usage } of mappings ?? []) {
      const sums = groups.get(path) ?? NO_MEMORY
      groups.set(path, {
        count: sums.count + 1,
        uss: sums.uss + (usage.uss ?? NaN),
        pss: sums.pss + (usage.pss ?? NaN),
        rss: sums.rss + (usage.rss ?? NaN),
        swap: sums.swap + (usage.swap ?? NaN),
        unread: 0,
      })
    }
  }
  return nonEmpty(groups)
}

function nonEmpty(groups: ReadonlyMap<string, FigureSums>): Group[] {
  return [...groups]
    .filter(([, { count, unread }]) => count + unread > 0)
    .map(([key, sums]) => ({ key, ...sums }))
}
