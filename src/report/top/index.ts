/** The screen of `smem-ts top`. */
export { paintLine, type Span, type TextStyle } from './styled.ts'
export { sparkline } from './sparkline.ts'
export { TOP_GROUPS, TOP_SORTS, TOP_UNITS, type TopGroup, type TopRow, type TopSort, type TopUnits } from './row.ts'
export { renderTopPlain, renderTopScreen, topPageRows, type TopFrame, type TopLook } from './screen.ts'
