import { chartColour, LIGHT_BACKGROUND, OTHER_COLOUR } from './colours.ts'
import { frameOf, COLUMN_PX, MARGIN, round, svgDocument, svgText, type ChartOptions, type Frame } from './frame.ts'
import { mergeSlices, sumOf, type MergedSlice, type MergeLimits, type Slice } from './slices.ts'
import { escapeXml, humanBytes, humanShare, toLabel } from './text.ts'

export interface PieOptions extends ChartOptions, MergeLimits {}

/**
 * A ring of slices with the total in its middle and a legend with every amount, as the text of an SVG file. Small slices
 * become one, by the rule of `mergeSlices`. Labels may hold any text; amounts are bytes.
 *
 * @throws {TypeError} for a size out of range
 */
export function renderPie(slices: readonly Slice[], options: PieOptions): string {
  const frame = frameOf(options)
  const fitting = Math.max(2, Math.floor((frame.height - frame.top - MARGIN) / ROW_PX))
  const merged = mergeSlices(slices, { ...options, maxSlices: Math.min(options.maxSlices ?? 12, fitting) })
  if (merged.length === 0) {
    const text = svgText(frame.width / 2, (frame.height + frame.top) / 2, 'nothing to show', { anchor: 'middle', tone: 'soft' })
    return svgDocument(frame, options, 'There is nothing to show.', [text])
  }
  const total = sumOf(merged)
  const parts = merged.map((slice) => `${toLabel(slice.label, 60)} ${humanBytes(slice.value)} (${humanShare(slice.share)})`)
  const description = `${humanBytes(total)} in all: ${parts.join(', ')}.`
  return svgDocument(frame, options, description, [...ring(frame, merged, total), ...legend(frame, merged)])
}

const ROW_PX = 24
const HOLE = 0.58

/** The ring takes the left part, the legend what is left of it. */
function radiusOf({ width, height, top }: Frame): number {
  return Math.min(height - top - MARGIN, width * 0.42) / 2
}

function ring(frame: Frame, slices: readonly MergedSlice[], total: number): string[] {
  const radius = radiusOf(frame)
  const centre = { x: MARGIN + radius, y: frame.top + (frame.height - frame.top - MARGIN) / 2 }
  let start = 0
  const paths = slices.map((slice, index) => {
    const path = arcPath(centre.x, centre.y, radius * HOLE, radius, start, start + slice.share)
    start += slice.share
    const tip = `${toLabel(slice.label, 200)}: ${humanBytes(slice.value)}, ${humanShare(slice.share)}`
    return `<path d="${path}" fill="${colourOf(slice, index)}" class="edge" stroke="${LIGHT_BACKGROUND}" stroke-width="1.5"`
      + ` stroke-linejoin="round"><title>${escapeXml(tip)}</title></path>`
  })
  const size = Math.round(Math.min(40, radius / 5.5))
  return [
    ...paths,
    svgText(centre.x, centre.y + size * 0.2, humanBytes(total), { anchor: 'middle', size, weight: 600 }),
    svgText(centre.x, centre.y + size * 0.2 + 20, 'total', { anchor: 'middle', tone: 'soft' }),
  ]
}

function legend(frame: Frame, slices: readonly MergedSlice[]): string[] {
  const left = MARGIN + 2 * radiusOf(frame) + 32
  const right = frame.width - MARGIN
  const columns = Math.floor((right - left - 22 - 140) / COLUMN_PX)
  const middle = frame.top + (frame.height - frame.top - MARGIN) / 2
  return slices.flatMap((slice, index) => {
    const y = middle + (index - (slices.length - 1) / 2) * ROW_PX
    return [
      `<rect x="${round(left)}" y="${round(y - 6)}" width="12" height="12" rx="3" fill="${colourOf(slice, index)}"/>`,
      svgText(left + 22, y + 4.5, toLabel(slice.label, columns)),
      svgText(right - 58, y + 4.5, humanBytes(slice.value), { anchor: 'end' }),
      svgText(right, y + 4.5, humanShare(slice.share), { anchor: 'end', tone: 'soft' }),
    ]
  })
}

function colourOf(slice: MergedSlice, index: number): string {
  return slice.merged === undefined ? chartColour(index) : OTHER_COLOUR
}

/** A piece of a ring between two turns (0 to 1, clockwise from the top), as the `d` of a path. */
export function arcPath(x: number, y: number, inner: number, outer: number, start: number, end: number): string {
  // An arc that ends where it starts is no arc: a whole ring is two halves.
  if (end - start > 0.9999) return `${arcPath(x, y, inner, outer, 0, 0.5)} ${arcPath(x, y, inner, outer, 0.5, 1)}`
  const point = (radius: number, turn: number): string => (
    `${round(x + radius * Math.sin(turn * 2 * Math.PI))} ${round(y - radius * Math.cos(turn * 2 * Math.PI))}`)
  const large = end - start > 0.5 ? 1 : 0
  return `M${point(outer, start)} A${round(outer)} ${round(outer)} 0 ${large} 1 ${point(outer, end)} `
    + `L${point(inner, end)} A${round(inner)} ${round(inner)} 0 ${large} 0 ${point(inner, start)} Z`
}
