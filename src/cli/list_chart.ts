import { hasUnicode, renderBars, renderPie, renderTerminalBars } from '../report/charts/index.ts'
import { escapeText, plainCell, selectColumns, selectSort, toNumber, type Cell, type View } from '../report/index.ts'
import { UsageError, type Invocation } from './command.ts'
import type { ListRequest } from './list_request.ts'
import { writeOutputFile } from './output_file.ts'

/** Draws what the sort column says of each row, labelled as asked: as SVG into a file, or in the terminal. */
export async function chartOf<Row>(
  view: View<Row>, rows: readonly Row[], request: ListRequest, invocation: Invocation,
): Promise<void> {
  const { chart } = request
  if (chart === undefined) return
  const { output, env } = invocation
  const value = selectSort(view, request.sort)
  if (value.kind !== 'amount') throw new UsageError(`a chart shows memory; --sort ${value.name} is none`)
  const [label, another] = selectColumns(view, chart.label === '' ? labelColumn(view) : chart.label)
  if (another !== undefined) throw new UsageError(`--${chart.kind} takes one column, got '${chart.label}'`)
  const slices = rows
    .map((row) => ({ label: textOf(label && plainCell(label, row)), value: bytesOf(value.value(row)) }))
    .sort((a, b) => b.value - a.value)
  const title = `${value.header} by ${label?.header ?? ''}`
  if (chart.inTerminal) {
    const top = slices.slice(0, Math.max(1, output.isTerminal ? output.rows - 2 : slices.length))
    const drawn = renderTerminalBars(top, { columns: output.columns, colour: output.colour, unicode: hasUnicode(env) })
    return output.write(`${title}\n${drawn.join('\n')}\n`)
  }
  const svg = chart.kind === 'pie'
    ? renderPie(slices, { title })
    : renderBars(slices.map((slice) => ({ label: slice.label, values: [slice.value] })), { title, series: [value.header] })
  if (chart.output === '-') return output.write(svg)
  writeOutputFile(chart.output, svg)
  await output.write(`${escapeText(chart.output)}\n`)
}

/** The column that says what a row is. */
function labelColumn<Row>(view: View<Row>): string {
  const names = ['command', 'map', 'group', 'area', 'user']
  return names.find((name) => view.columns.some((column) => column.name === name)) ?? 'pid'
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell === undefined ? '-' : String(toNumber(cell))
}

function bytesOf(cell: Cell): number {
  return typeof cell === 'string' || cell === undefined ? 0 : Math.max(0, toNumber(cell) * 1024)
}
