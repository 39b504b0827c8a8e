import { checkInteger } from '../../options.ts'
import { DARK_BACKGROUND, LIGHT_BACKGROUND } from './colours.ts'
import { escapeXml, toLabel } from './text.ts'

export interface ChartOptions {
  /** Stands above the chart, and is its name for screen readers. */
  readonly title: string
  /** A line below the title: where the figures come from, what is missing. */
  readonly note?: string
  /** Pixels, 320 to 4096. @default 800 */
  readonly width?: number
  /** Pixels, 240 to 4096. @default 600 */
  readonly height?: number
}

export interface Frame {
  readonly width: number
  readonly height: number
  /** Where the drawing starts, below title and note, in pixels. */
  readonly top: number
}

export const MARGIN = 24
/** Width of one column of text of the chart's size, in pixels, for the wider fonts. */
export const COLUMN_PX = 8

/** @throws {TypeError} for a size out of range */
export function frameOf({ note, width = 800, height = 600 }: ChartOptions): Frame {
  checkInteger(width, 'width', 320, 4096)
  checkInteger(height, 'height', 240, 4096)
  return { width, height, top: note === undefined ? 64 : 84 }
}

/** The drawing as a document of its own: no scripts, nothing loaded, legible on light and on dark. */
export function svgDocument(frame: Frame, options: ChartOptions, description: string, drawing: readonly string[]): string {
  const { width, height } = frame
  const room = Math.floor((width - 2 * MARGIN) / COLUMN_PX)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
      + ' role="img" aria-labelledby="chart-title chart-desc" font-family="system-ui, sans-serif" font-size="13">',
    `<title id="chart-title">${escapeXml(options.title)}</title>`,
    `<desc id="chart-desc">${escapeXml(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}" fill="${LIGHT_BACKGROUND}"/>`,
    svgText(MARGIN, 42, toLabel(options.title, Math.floor(room * 0.7)), { size: 20, weight: 600 }),
    ...(options.note === undefined ? [] : [svgText(MARGIN, 64, toLabel(options.note, room), { tone: 'soft' })]),
    ...drawing,
    '</svg>',
    '',
  ].join('\n')
}

/** Viewers that know no CSS show the light colours of the attributes. */
const STYLE = `@media (prefers-color-scheme: dark) {
  .page { fill: ${DARK_BACKGROUND} } .ink { fill: #e8eaed } .soft { fill: #a3abb6 }
  .edge { stroke: ${DARK_BACKGROUND} } .line { stroke: #343a44 } .track { fill: #232830 }
}
text { font-variant-numeric: tabular-nums }`

export interface TextStyle {
  readonly anchor?: 'middle' | 'end'
  readonly size?: number
  readonly weight?: number
  readonly tone?: 'ink' | 'soft'
}

/** A line of text; `text` is escaped here. */
export function svgText(x: number, y: number, text: string, style: TextStyle = {}): string {
  const { anchor, size, weight, tone = 'ink' } = style
  const attributes = [
    `x="${round(x)}" y="${round(y)}" class="${tone}" fill="${tone === 'ink' ? '#1c2026' : '#5b6470'}"`,
    ...(anchor === undefined ? [] : [`text-anchor="${anchor}"`]),
    ...(size === undefined ? [] : [`font-size="${size}"`]),
    ...(weight === undefined ? [] : [`font-weight="${weight}"`]),
  ]
  return `<text ${attributes.join(' ')}>${escapeXml(text)}</text>`
}

/** Two digits are enough for a pixel. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}
