/** Charts as SVG and in the terminal, which only few runs of the command need; and how they write amounts. */
export { renderBars, type Bar, type BarOptions } from './bars.ts'
export { CHART_COLOURS, OTHER_COLOUR } from './colours.ts'
export { renderPie, type PieOptions } from './pie.ts'
export type { Slice } from './slices.ts'
export { hasUnicode, renderTerminalBars, type TerminalBar, type TerminalBarsOptions } from './terminal.ts'
export { escapeXml, humanBytes, humanShare, toLabel } from './text.ts'
