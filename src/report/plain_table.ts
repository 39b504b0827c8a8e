/** One column of a table that is only as wide as it has to be. */
export interface PlainColumn<Row> {
  readonly header: string
  readonly align: 'left' | 'right'
  text(row: Row): string
}

/** Lines of a table: a header, then a line a row, columns as wide as they need to be, no trailing spaces. */
export function renderTable<Row>(columns: readonly PlainColumn<Row>[], rows: readonly Row[]): string[] {
  const cells = [columns.map((column) => column.header), ...rows.map((row) => columns.map((column) => column.text(row)))]
  const widths = columns.map((_, index) => cells.reduce((widest, line) => Math.max(widest, line[index]?.length ?? 0), 0))
  return cells.map((line) =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd())
}
