import { processTree } from '../../processes/index.ts'
import type { TopRow } from '../../report/top/index.ts'
import type { SampledProcess } from '../../sampling/index.ts'

/** A fork chain of thousands would push everything off the screen; deeper ones are drawn at this depth. */
const DEEPEST_SHOWN = 30

interface Node {
  readonly process: SampledProcess
  readonly parent: Node | undefined
  readonly children: Node[]
  row: TopRow
  /** It or a descendant matches. */
  isShown: boolean
}

/**
 * Parents before their children, each with the PSS of its whole subtree, shown or not. A process that does not match is
 * shown when a descendant does.
 */
export function toTree(
  processes: readonly SampledProcess[], matches: (process: SampledProcess) => boolean,
  toRow: (process: SampledProcess) => TopRow, order: (a: TopRow, b: TopRow) => number,
): TopRow[] {
  const nodes = toNodes(processes, matches, toRow)
  // Parents come before their children: backwards, every node is complete before it is added to its parent.
  for (const node of [...nodes].reverse()) {
    const { parent } = node
    node.row = { ...node.row, subtreePss: subtreePssOf(node.row), partial: isPartial(node.row) }
    if (parent === undefined) continue
    parent.isShown ||= node.isShown
    const known = [subtreePssOf(parent.row), node.row.subtreePss].filter((figure) => figure !== undefined)
    parent.row = {
      ...parent.row,
      subtreePss: known.length === 0 ? undefined : known.reduce((sum, figure) => sum + figure, 0),
      partial: isPartial(parent.row) || node.row.partial,
    }
  }
  return inOrder(nodes.filter(({ parent }) => parent === undefined), order)
}

function subtreePssOf({ subtreePss, pss }: TopRow): number | undefined {
  return subtreePss ?? pss
}

function isPartial({ partial, unread }: TopRow): boolean {
  return partial || unread !== undefined
}

function toNodes(
  processes: readonly SampledProcess[], matches: (process: SampledProcess) => boolean, toRow: (process: SampledProcess) => TopRow,
): Node[] {
  const { roots, children } = processTree(processes)
  const nodes: Node[] = []
  const pending: { process: SampledProcess; parent: Node | undefined }[] = roots.map((process) => ({ process, parent: undefined }))
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { process, parent } = next
    const node: Node = { process, parent, children: [], row: toRow(process), isShown: matches(process) }
    parent?.children.push(node)
    nodes.push(node)
    for (const child of children.get(process.pid) ?? []) pending.push({ process: child, parent: node })
  }
  return nodes
}

function inOrder(roots: readonly Node[], order: (a: TopRow, b: TopRow) => number): TopRow[] {
  const rows: TopRow[] = []
  const pending: { node: Node; branches: readonly boolean[] }[] = []
  const push = (nodes: readonly Node[], branchesOf: (isLast: boolean) => readonly boolean[]): void => {
    const shown = nodes.filter(({ isShown }) => isShown).sort((a, b) => order(a.row, b.row))
    // A stack: the last one pushed is the first one out.
    for (const [index, node] of [...shown.entries()].reverse()) {
      pending.push({ node, branches: branchesOf(index === shown.length - 1) })
    }
  }
  push(roots, () => [])
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, branches } = next
    rows.push({ ...node.row, branches })
    push(node.children, (isLast) => [...branches.slice(0, DEEPEST_SHOWN - 1), !isLast])
  }
  return rows
}
