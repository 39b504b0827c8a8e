import { formatAmount, formatNumber, NOT_AVAILABLE, sumAmounts, type Amount, type AmountStyle } from '../amount.ts'
import { compareCells } from '../compare.ts'
import type { Cell, Column } from '../columns.ts'
import { escapeText } from '../escape.ts'

export interface TableOptions<Row> {
  /**
   * Need not be one of the columns shown. Rows that are equal by it are sorted by the columns, left to right. Default: the
   * rows stay in their order.
   */
  readonly sort?: Column<Row>
  /** Largest first. Default false. */
  readonly reverse?: boolean
  /** Default true. */
  readonly header?: boolean
  /** A rule and a line of totals. Default false. */
  readonly totals?: boolean
  /** Default `kilobytes`. */
  readonly style?: AmountStyle
  /** What 100 % are, in kB. A swap of 0 makes `N/A` of all its percentages. */
  readonly whole: { readonly memory: number, readonly swap: number }
  /** Columns as wide as their cells, the flexible one cut to fit a line of this length. Default: fixed widths. */
  readonly terminalWidth?: number
  /** What is done to text before it is shown. Default `escapeText`. */
  readonly text?: (text: string) => string
}

/**
 * The lines of a table as smem writes them, byte for byte: one blank behind each column, the last one too, and widths
 * counted in code points.
 */
export function smemTable<Row>(
  rows: readonly Row[], columns: readonly Column<Row>[], options: TableOptions<Row>,
): string[] {
  const shown = withWidths(rows, columns, options)
  const header = lineOf(shown, columns.map((column) => column.header))
  const body = sorted(rows, columns, options).map(({ cells }) => lineOf(shown, textsOf(cells, columns, options)))
  const lines = options.header === false ? body : [header, ...body]
  if (options.totals !== true) return lines
  const totals = columns.map((column) => totalOf(rows, column))
  return [...lines, '-'.repeat(lengthOf(header)), lineOf(shown, textsOf(totals, columns, options))]
}

/** The rows in the order in which a table with these columns has them. */
export function sortRows<Row>(
  rows: readonly Row[], columns: readonly Column<Row>[], order: Pick<TableOptions<Row>, 'sort' | 'reverse'>,
): Row[] {
  return sorted(rows, columns, order).map(({ row }) => row)
}

interface Shape {
  readonly width: number
  readonly limit: number
  readonly align: 'left' | 'right'
}

interface Sorted<Row> {
  readonly row: Row
  readonly cells: readonly Cell[]
}

function sorted<Row>(
  rows: readonly Row[], columns: readonly Column<Row>[], { sort, reverse }: Pick<TableOptions<Row>, 'sort' | 'reverse'>,
): Sorted<Row>[] {
  const all = rows.map((row) => ({ row, cells: columns.map((column) => column.value(row)) }))
  if (sort === undefined) return all
  const direction = reverse === true ? -1 : 1
  return all
    .map(({ row, cells }) => ({ row, cells, keys: [sort.value(row), ...cells] }))
    .sort((left, right) => direction * compareCells(left.keys, right.keys))
}

function textsOf<Row>(cells: readonly Cell[], columns: readonly Column<Row>[], options: TableOptions<Row>): string[] {
  return columns.map((column, index) => {
    const cell = cells[index]
    if (typeof cell === 'string') return (options.text ?? escapeText)(cell)
    if (column.kind !== 'amount') return cell === undefined ? NOT_AVAILABLE : formatNumber(cell)
    return formatAmount(cell, options.style ?? 'kilobytes', options.whole[column.percentOf ?? 'memory'])
  })
}

function totalOf<Row>(rows: readonly Row[], column: Column<Row>): Cell {
  switch (column.total) {
    case 'rows': return rows.length
    case 'distinct': return new Set(rows.map((row) => column.value(row))).size
    case 'sum': return sumAmounts(rows.map((row) => column.value(row)).filter(isAmount))
    case 'blank': return ''
  }
}

function isAmount(cell: Cell): cell is Amount {
  return typeof cell !== 'string'
}

function withWidths<Row>(
  rows: readonly Row[], columns: readonly Column<Row>[], options: TableOptions<Row>,
): Shape[] {
  const { terminalWidth } = options
  const widths = terminalWidth === undefined ? undefined : fittedWidths(rows, columns, { ...options, terminalWidth })
  return columns.map((column) => {
    const width = widths?.get(column.name) ?? column.width
    return { width, limit: column.truncate === true ? width : Infinity, align: column.align }
  })
}

/** Room for any amount with a suffix or in percent, so that columns do not jump from one run to the next. */
const SCALED_AMOUNT_WIDTH = 7
const LEAST_FLEXIBLE_WIDTH = 10

/** The widths by column name. Totals do not count: the line of totals may stick out, as it does with smem. */
function fittedWidths<Row>(
  rows: readonly Row[], columns: readonly Column<Row>[], options: TableOptions<Row> & { terminalWidth: number },
): Map<string, number> {
  const isScaled = (options.style ?? 'kilobytes') !== 'kilobytes'
  const plain: TableOptions<Row> = { ...options, style: 'kilobytes' }
  const widths = new Map<string, number>()
  for (const column of columns) {
    let width = Math.max(1, options.header === false ? 0 : lengthOf(column.header))
    if (isScaled && column.kind === 'amount') {
      width = Math.max(width, SCALED_AMOUNT_WIDTH)
    } else {
      for (const row of rows) width = Math.max(width, lengthOf(textsOf([column.value(row)], [column], plain).join('')))
    }
    widths.set(column.name, width)
  }
  const flexible = columns.find((column) => column.flexible === true)
  if (flexible !== undefined) {
    const wanted = widths.get(flexible.name) ?? 0
    const others = [...widths.values()].reduce((sum, width) => sum + width, 0) - wanted
    const left = Math.max(options.terminalWidth - others - columns.length, LEAST_FLEXIBLE_WIDTH)
    widths.set(flexible.name, Math.min(wanted, left))
  }
  return widths
}

function lineOf(shapes: readonly Shape[], texts: readonly string[]): string {
  return shapes.map((shape, index) => `${fitted(texts[index] ?? '', shape)} `).join('')
}

function fitted(text: string, { width, limit, align }: Shape): string {
  const length = lengthOf(text)
  const cut = length > limit ? [...text].slice(0, limit).join('') : text
  const padding = ' '.repeat(Math.max(0, width - Math.min(length, limit)))
  return align === 'left' ? cut + padding : padding + cut
}

/** In code points. */
function lengthOf(text: string): number {
  let length = text.length
  for (let index = 0; index < text.length; index++) {
    if (isLeadOfPair(text, index)) length--
  }
  return length
}

function isLeadOfPair(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff
}
