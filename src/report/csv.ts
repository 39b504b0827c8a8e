import { toNumber, type Amount } from './amount.ts'
import { plainCell, type Column } from './columns.ts'
import { escapeText } from './escape.ts'

/**
 * Lines of CSV (RFC 4180): a header of column names, then a line a row. Amounts are bytes; what is not known is empty.
 * Text is escaped as in tables, so that a line is always one row and can be shown.
 */
export function csvLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[], header: boolean): string[] {
  const body = rows.map((row) => columns.map((column) => csvCell(column, row)).join(','))
  return header ? [columns.map(({ name }) => quoted(name)).join(','), ...body] : body
}

function csvCell<Row>(column: Column<Row>, row: Row): string {
  const cell = plainCell(column, row)
  if (typeof cell === 'string') return quoted(escapeText(cell))
  return column.kind === 'amount' ? bytesOf(cell) : cell === undefined ? '' : String(toNumber(cell))
}

function bytesOf(amount: Amount): string {
  return amount === undefined ? '' : String(Math.round(toNumber(amount) * 1024))
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
