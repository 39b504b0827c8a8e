import { NO_GROUP, type FigureSums, type Group, type SnapshotProcess, type TreeRow } from '../processes/index.ts'
import type { Column, View } from './columns.ts'

/** Processes taken together. */
export const GROUP_VIEW: View<Group> = {
  defaultColumns: 'group count swap uss pss rss',
  defaultSort: 'pss',
  columns: [
    {
      name: 'group', header: 'Group', description: `what they have in common; ${NO_GROUP}: nothing`, flexible: true,
      kind: 'text', align: 'left', width: 40, truncate: true, total: 'rows', value: ({ key }) => key,
    },
    {
      name: 'count', header: 'Count', description: 'how many processes were read',
      kind: 'count', align: 'right', width: 5, total: 'sum', value: ({ count }) => count,
    },
    {
      name: 'unread', header: 'Unread', description: 'how many could not be read: the sums lack them',
      kind: 'count', align: 'right', width: 6, total: 'sum', value: ({ unread }) => unread,
    },
    bytes<Group>('swap', 'Swap', 'swapped out; Swap', (group) => ifRead(group, group.swap), 'swap'),
    bytes<Group>(
      'uss', 'USS', 'memory that no other process has; Private_Clean + Private_Dirty', (group) => ifRead(group, group.uss),
    ),
    bytes<Group>('pss', 'PSS', 'what they use together, exactly; Pss', (group) => ifRead(group, group.pss)),
    bytes<Group>('rss', 'RSS', 'resident, shared pages counted once for each process; Rss', ({ rss }) => rss),
  ],
}

/** Processes below their parents. */
export const TREE_VIEW: View<TreeRow<SnapshotProcess>> = {
  defaultColumns: 'pid user uss pss rss treeuss treepss command',
  defaultSort: 'treepss',
  ordered: true,
  columns: [
    {
      name: 'pid', header: 'PID', description: 'process ID',
      kind: 'count', align: 'right', width: 7, total: 'rows', value: ({ process }) => process.pid,
    },
    {
      name: 'ppid', header: 'PPID', description: 'parent process; stat field 4',
      kind: 'count', align: 'right', width: 7, total: 'blank', value: ({ process }) => known(process.ppid),
    },
    {
      name: 'depth', header: 'Depth', description: 'how many ancestors are shown above it',
      kind: 'count', align: 'right', width: 5, total: 'blank', value: ({ depth }) => depth,
    },
    {
      name: 'user', header: 'User', description: 'who runs it: the effective user',
      kind: 'text', align: 'left', width: 8, total: 'distinct', value: ({ process }) => process.user,
    },
    bytes('uss', 'USS', 'of the process; Private_Clean + Private_Dirty', ({ process }) => process.usage?.uss),
    bytes('pss', 'PSS', 'of the process; Pss', ({ process }) => process.usage?.pss),
    bytes('rss', 'RSS', 'of the process; Rss', ({ process }) => process.usage?.rss ?? process.rss),
    blankTotal(bytes('treeuss', 'TreeUSS', 'of the process and all below it', ({ subtree }) => ifRead(subtree, subtree.uss))),
    blankTotal(bytes('treepss', 'TreePSS', 'of the process and all below it', ({ subtree }) => ifRead(subtree, subtree.pss))),
    {
      name: 'command', header: 'Command', description: 'command line, below its parent\'s', flexible: true,
      kind: 'text', align: 'left', width: 60, truncate: true, total: 'blank',
      value: (row) => branchOf(row.lastOf) + commandOf(row.process), plain: ({ process }) => commandOf(process),
    },
  ],
}

/** Of a group that could not be read at all nothing is known. */
function ifRead({ count }: FigureSums, figure: number): number | undefined {
  return count === 0 ? undefined : figure
}

function commandOf({ commandLine, comm }: SnapshotProcess): string {
  return commandLine?.join(' ') || `[${comm}]`
}

function branchOf(lastOf: readonly boolean[]): string {
  if (lastOf.length === 0) return ''
  const trunk = lastOf.slice(0, -1).map((last) => last ? '   ' : '│  ').join('')
  return `${trunk}${lastOf.at(-1) === true ? '└─ ' : '├─ '}`
}

function bytes<Row>(
  name: string, header: string, description: string, value: (row: Row) => number | undefined,
  percentOf: 'memory' | 'swap' = 'memory',
): Column<Row> {
  return {
    name, header, description, kind: 'amount', align: 'right', width: 8, total: 'sum', percentOf,
    value: (row) => {
      const figure = known(value(row))
      return figure === undefined ? undefined : figure / 1024
    },
  }
}

function known(figure: number | undefined): number | undefined {
  return Number.isNaN(figure) ? undefined : figure
}

/** A sum over a subtree holds those of its children: adding them up says nothing. */
function blankTotal<Row>(column: Column<Row>): Column<Row> {
  return { ...column, total: 'blank' }
}
