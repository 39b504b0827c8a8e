import { chartColour } from './colours.ts'
import { frameOf, COLUMN_PX, MARGIN, round, svgDocument, svgText, type ChartOptions, type Frame } from './frame.ts'
import { escapeXml, humanBytes, toLabel } from './text.ts'

/** One row of a bar chart. */
export interface Bar {
  readonly label: string
  /** Bytes, one for each series; undefined where it is not known. */
  readonly values: readonly (number | undefined)[]
}

export interface BarOptions extends ChartOptions {
  /** What the values are, one name for each: 'PSS', 'RSS'. */
  readonly series: readonly string[]
}

/**
 * Horizontal bars, a group for each row in the order given, with their amounts, as the text of an SVG file. Rows that do
 * not fit the height are left out, the last ones first, and a line says how many: a bar of what is left would dwarf the
 * others. Labels may hold any text. Amounts below 0 have a figure and no bar.
 *
 * @throws {TypeError} for a size out of range
 */
export function renderBars(bars: readonly Bar[], options: BarOptions): string {
  const frame = frameOf(options)
  if (bars.length === 0) {
    const text = svgText(frame.width / 2, (frame.height + frame.top) / 2, 'nothing to show', { anchor: 'middle', tone: 'soft' })
    return svgDocument(frame, options, 'There is nothing to show.', [text])
  }
  const layout = layoutOf(frame, bars, options.series.length)
  const shown = bars.slice(0, layout.rows)
  const largest = Math.max(1, ...shown.flatMap(({ values }) => values.map((value) => value ?? 0)))
  const parts = shown.map(({ label, values }) => `${toLabel(label, 60)} ${figures(values, options.series)}`)
  const rest = bars.length - shown.length
  const drawing = [
    ...legend(frame, options.series),
    ...shown.flatMap((bar, index) => row(frame, layout, bar, index, largest, options.series)),
    ...(rest === 0 ? [] : [svgText(MARGIN, frame.height - 18, `and ${rest} more`, { tone: 'soft' })]),
  ]
  return svgDocument(frame, options, `${parts.join('; ')}${rest === 0 ? '' : `; and ${rest} more`}.`, drawing)
}

interface Layout {
  readonly rows: number
  readonly rowPx: number
  readonly barPx: number
  readonly labelColumns: number
  /** Pixels between the left edge and the bars. */
  readonly left: number
}

const VALUE_PX = 76
const MIN_BAR_PX = 10
const MAX_BAR_PX = 26

function layoutOf(frame: Frame, bars: readonly Bar[], series: number): Layout {
  const height = frame.height - frame.top - MARGIN
  const least = Math.max(18, series * MIN_BAR_PX + 8)
  const fitting = Math.max(1, Math.floor(height / least))
  // The line that tells how many are missing takes a row.
  const rows = bars.length <= fitting ? bars.length : Math.max(1, fitting - 1)
  const rowPx = Math.min((height - (rows < bars.length ? 20 : 0)) / rows, series * MAX_BAR_PX + 12)
  const labelColumns = Math.floor((frame.width * 0.3 - 12) / COLUMN_PX)
  const barPx = Math.max(1, Math.min(MAX_BAR_PX, (rowPx - (rowPx > 24 ? 8 : 4)) / Math.max(1, series)))
  return { rows, rowPx, barPx, labelColumns, left: MARGIN + frame.width * 0.3 }
}

function row(
  frame: Frame, layout: Layout, { label, values }: Bar, index: number, largest: number, series: readonly string[],
): string[] {
  const middle = frame.top + (index + 0.5) * layout.rowPx
  const room = frame.width - MARGIN - VALUE_PX - layout.left
  const bars = series.flatMap((name, place) => {
    const value = values[place]
    const y = middle + (place - series.length / 2) * layout.barPx
    const width = Math.max(0, (value ?? 0) / largest * room)
    const size = Math.min(13, Math.max(9, layout.barPx))
    const tip = `${toLabel(label, 200)}: ${figure(value)} ${name}`
    return [
      `<rect class="track" fill="#f0f2f5" x="${round(layout.left)}" y="${round(y + 1)}" width="${round(room)}"`
        + ` height="${round(layout.barPx - 2)}" rx="2"/>`,
      `<rect fill="${chartColour(place)}" x="${round(layout.left)}" y="${round(y + 1)}" width="${round(width)}"`
        + ` height="${round(layout.barPx - 2)}" rx="2"><title>${escapeXml(tip)}</title></rect>`,
      svgText(frame.width - MARGIN, y + layout.barPx / 2 + size * 0.36, figure(value), { anchor: 'end', size }),
    ]
  })
  return [svgText(layout.left - 12, middle + 4.5, toLabel(label, layout.labelColumns), { anchor: 'end' }), ...bars]
}

/** In the corner at the right, in line with the title. */
function legend(frame: Frame, series: readonly string[]): string[] {
  let right = frame.width - MARGIN
  return series.map((name, index) => ({ name, index })).reverse().flatMap(({ name, index }) => {
    const label = toLabel(name, 16)
    const x = right - label.length * COLUMN_PX - 18
    right = x - 16
    return [
      `<rect x="${round(x)}" y="31" width="12" height="12" rx="3" fill="${chartColour(index)}"/>`,
      svgText(x + 18, 42, label),
    ]
  })
}

function figures(values: readonly (number | undefined)[], series: readonly string[]): string {
  return series.map((name, index) => `${figure(values[index])} ${name}`).join(', ')
}

function figure(value: number | undefined): string {
  return value === undefined ? 'N/A' : humanBytes(value)
}
