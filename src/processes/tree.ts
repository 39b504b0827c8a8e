import { addProcess, addSums, NO_MEMORY, type FigureSums } from './figure_sums.ts'
import type { ScannedProcess } from './process_info.ts'

export interface ProcessTree<P> {
  /** Processes whose parent is not among them. */
  readonly roots: readonly P[]
  /** By the parent's pid, in ascending order of pid. */
  readonly children: ReadonlyMap<number, readonly P[]>
}

type Identity = Pick<ScannedProcess, 'pid' | 'startTime'>

/** Who is whose child. A parent that started after its child got the number of the true one, and is not taken for it. */
export function processTree<P extends Identity & Pick<ScannedProcess, 'ppid'>>(
  processes: readonly P[],
): ProcessTree<P> {
  const byPid = new Map(processes.map((process) => [process.pid, process]))
  const roots: P[] = []
  const children = new Map<number, P[]>()
  const siblingsOf = (pid: number): P[] => {
    const siblings = children.get(pid) ?? []
    children.set(pid, siblings)
    return siblings
  }
  for (const process of [...processes].sort((a, b) => a.pid - b.pid)) {
    const parent = byPid.get(process.ppid)
    const isChild = parent !== undefined && startedBefore(parent, process)
    if (!isChild) roots.push(process)
    else siblingsOf(parent.pid).push(process)
  }
  return { roots, children }
}

/** Of the same tick the one with the lower pid counts as older, so that no two are each other's parent. */
function startedBefore(a: Identity, b: Identity): boolean {
  return a.startTime < b.startTime || (a.startTime === b.startTime && a.pid < b.pid)
}

/** A process and all its descendants, parents before children. */
export function subtreeOf<P extends { readonly pid: number }>(
  top: P, children: ReadonlyMap<number, readonly P[]>,
): P[] {
  const found: P[] = []
  const waiting = [top]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    found.push(next)
    waiting.push(...[...(children.get(next.pid) ?? [])].reverse())
  }
  return found
}

export interface TreeRow<P> {
  readonly process: P
  /** 0 for a root. */
  readonly depth: number
  /** Whether it is the last child, for it and each of its ancestors below the root: what draws the lines. */
  readonly lastOf: readonly boolean[]
  /** Of the process and all its descendants. */
  readonly subtree: FigureSums
}

/** The trees as rows, parents before children; siblings by `compare` of their subtrees, default largest PSS first. */
export function treeRows<P extends ScannedProcess>(
  processes: readonly P[], compare = (a: FigureSums, b: FigureSums): number => b.pss - a.pss,
): TreeRow<P>[] {
  const { roots, children } = processTree(processes)
  const sums = subtreeSums(roots, children)
  const sumsOf = (process: P): FigureSums => sums.get(process.pid) ?? NO_MEMORY
  const ordered = (siblings: readonly P[]): P[] => [...siblings].sort((a, b) => compare(sumsOf(a), sumsOf(b)))

  const rows: TreeRow<P>[] = []
  const waiting: Omit<TreeRow<P>, 'subtree'>[] = ordered(roots).reverse()
    .map((process) => ({ process, depth: 0, lastOf: [] }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { process, depth, lastOf } = next
    rows.push({ process, depth, lastOf, subtree: sumsOf(process) })
    const below = ordered(children.get(process.pid) ?? [])
    const belowRows = below.map((child, index) => ({
      process: child, depth: depth + 1, lastOf: [...lastOf, index === below.length - 1],
    }))
    waiting.push(...belowRows.reverse())
  }
  return rows
}

/** By pid. Children before parents, so that each process is added once. */
function subtreeSums<P extends ScannedProcess>(
  roots: readonly P[], children: ReadonlyMap<number, readonly P[]>,
): Map<number, FigureSums> {
  const sums = new Map<number, FigureSums>()
  for (const process of roots.flatMap((root) => subtreeOf(root, children)).reverse()) {
    const own = addProcess(NO_MEMORY, process)
    const below = (children.get(process.pid) ?? []).map((child) => sums.get(child.pid) ?? NO_MEMORY)
    sums.set(process.pid, below.reduce(addSums, own))
  }
  return sums
}
