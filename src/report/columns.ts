import { SmemError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import type { Amount } from './amount.ts'

/** One column of a table: all that a table, JSON, CSV or a live view must know of it. */
export interface Column<Row> {
  /** The name by which users ask for it, and its key in JSON. */
  readonly name: string
  readonly header: string
  /** What it shows, in a few words. */
  readonly description: string
  /** `amount`: kB, which units and percent apply to. */
  readonly kind: 'text' | 'count' | 'amount'
  readonly align: 'left' | 'right'
  /** In characters. Longer cells push the line, unless `truncate`. */
  readonly width: number
  /** Whether longer cells are cut. */
  readonly truncate?: boolean
  /** Gives way on a narrow terminal. At most one column of a table. */
  readonly flexible?: boolean
  /** What 100 % are. Default `memory`. */
  readonly percentOf?: 'memory' | 'swap'
  readonly total: TotalRule
  /** The figure itself: not rounded, not formatted, not escaped. */
  value(row: Row): Cell
  /** The same without what a table draws into it. Default: `value`. */
  plain?(row: Row): Cell
}

/** What the line of totals shows: the sum, the number of rows, the number of different values, or nothing. */
export type TotalRule = 'sum' | 'rows' | 'distinct' | 'blank'

export type Cell = string | Amount

/** What programs and charts get of a column. */
export function plainCell<Row>(column: Column<Row>, row: Row): Cell {
  return column.plain === undefined ? column.value(row) : column.plain(row)
}

/** The columns of one view, and which of them it shows and sorts by when not told. */
export interface View<Row> {
  readonly columns: readonly Column<Row>[]
  readonly defaultColumns: string
  readonly defaultSort: string
  /** The rows come in an order that sorting them again would spoil. */
  readonly ordered?: boolean
}

/**
 * The columns by the names in `list`, separated by blanks or commas; a name may come twice. An empty list stands for
 * the view's own choice, one of nothing but separators names none. Throws `SmemError` with code `ERR_UNKNOWN_COLUMN`.
 */
export function selectColumns<Row>(view: View<Row>, list = ''): Column<Row>[] {
  const names = namesIn(list === '' ? view.defaultColumns : list)
  if (names.length === 0) {
    throw new SmemError('ERR_UNKNOWN_COLUMN', `no column is named in '${list}'; this view has ${namesOf(view).join(', ')}`)
  }
  const unknown = names.filter((name) => view.columns.every((column) => column.name !== name))
  if (unknown.length > 0) throw unknownColumns(view, [...new Set(unknown)])
  return names.flatMap((name) => view.columns.filter((column) => column.name === name))
}

/** The column to sort by, which need not be shown. Throws as `selectColumns` does. */
export function selectSort<Row>(view: View<Row>, name = ''): Column<Row> {
  const wanted = name === '' ? view.defaultSort : name
  const column = view.columns.find((candidate) => candidate.name === wanted)
  if (column === undefined) throw unknownColumns(view, [wanted])
  return column
}

function namesIn(list: string): string[] {
  return list.split(/[\s,]+/).filter((name) => name !== '')
}

function namesOf<Row>({ columns }: View<Row>): string[] {
  return columns.map(({ name }) => name)
}

function unknownColumns<Row>(view: View<Row>, unknown: readonly string[]): SmemError {
  const known = namesOf(view)
  const what = unknown.length === 1 ? 'no column' : 'no columns'
  const near = unknown.length === 1 ? nearest(unknown[0] ?? '', known) : undefined
  const hint = near === undefined ? `it has ${known.join(', ')}` : `did you mean ${near}?`
  return new SmemError('ERR_UNKNOWN_COLUMN', `${what} ${unknown.join(', ')} in this view; ${hint}`)
}
