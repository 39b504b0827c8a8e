import { selectColumns, selectSort, type Column, type View } from '../report/index.ts'
import { sortRows } from '../report/smem/index.ts'
import { isSet, type Invocation } from './command.ts'
import type { ListRequest } from './list_request.ts'

export interface ListOrder<Row> {
  readonly sort?: Column<Row>
  readonly reverse?: boolean
}

/** What the rows of a view are sorted by; nothing where they come in an order of their own. */
export function orderOf<Row>(
  view: View<Row>, rows: readonly Row[], request: ListRequest, invocation: Invocation,
): ListOrder<Row> {
  if (view.ordered === true) return {}
  const { output } = invocation
  return {
    sort: selectSort(view, sortColumn(view, rows, request, (line) => output.note(line))),
    reverse: isSet(invocation, 'reverse'),
  }
}

/** The rows as the table of the view has them. */
export function inOrder<Row>(
  view: View<Row>, rows: readonly Row[], request: ListRequest, invocation: Invocation,
): readonly Row[] {
  return sortRows(rows, selectColumns(view, request.columns), orderOf(view, rows, request, invocation))
}

/** Whether the command line says in which order rows come. */
export function asksForOrder({ sort }: ListRequest, invocation: Invocation): boolean {
  return sort !== '' || isSet(invocation, 'reverse')
}

/** A kernel without PSS leaves nothing to sort by but RSS. */
function sortColumn<Row>(
  view: View<Row>, rows: readonly Row[], { sort }: ListRequest, note: (line: string) => void,
): string {
  const pss = view.columns.find(({ name }) => name === 'pss')
  const uss = view.columns.find(({ name }) => name === 'uss')
  // Rows that were left unread have no figures at all.
  const read = rows.filter((row) => uss?.value(row) !== undefined)
  const lacksPss = pss !== undefined && read.length > 0 && read.every((row) => pss.value(row) === undefined)
  if (!lacksPss) return sort
  note('this kernel does not measure PSS; sorted by RSS')
  return sort === '' ? 'rss' : sort
}
