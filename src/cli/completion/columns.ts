import { GROUP_VIEW, TREE_VIEW, type View } from '../../report/index.ts'
import { MAPPING_VIEW, PROCESS_VIEW, SYSTEM_VIEW, USER_VIEW } from '../../report/smem/index.ts'
import type { CommandSpec } from '../command.ts'
import { shortLetters } from './values.ts'

/** The columns of one view of the listing. */
export interface ColumnSet {
  /** A POSIX extended regular expression that a word of the command line matches when the view is asked for; '' is the default. */
  readonly pattern: string
  readonly columns: readonly ColumnName[]
}

export interface ColumnName {
  readonly name: string
  readonly description: string
}

/** In the order in which views win over each other; the default is the last. */
export function listColumns(commands: readonly CommandSpec[]): ColumnSet[] {
  const { switches } = shortLetters(commands.find(({ name }) => name === '')?.options ?? [])
  const option = (long: string, short?: string): string => (
    short === undefined ? `^--${long}(=|$)` : `^(--${long}$|-[${switches}]*${short})`)
  return [
    { pattern: option('mappings', 'm'), columns: columnsOf(MAPPING_VIEW) },
    { pattern: option('users', 'u'), columns: columnsOf(USER_VIEW) },
    { pattern: option('system', 'w'), columns: columnsOf(SYSTEM_VIEW) },
    { pattern: option('by'), columns: columnsOf(GROUP_VIEW) },
    { pattern: option('tree'), columns: columnsOf(TREE_VIEW) },
    { pattern: '', columns: columnsOf(PROCESS_VIEW) },
  ]
}

function columnsOf<Row>({ columns }: View<Row>): ColumnName[] {
  return columns.map(({ name, description }) => ({ name, description }))
}
