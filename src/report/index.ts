/** Pure functions from rows to text. */
export { escapeBytes, escapeText, isSafeText } from './escape.ts'
export { plainCell, selectColumns, selectSort, type Cell, type Column, type TotalRule, type View } from './columns.ts'
export { GROUP_VIEW, TREE_VIEW } from './group_columns.ts'
export {
  formatAmount, formatPercent, formatSuffix, NOT_AVAILABLE, sumAmounts, toNumber,
  type Amount, type AmountStyle, type Float,
} from './amount.ts'
export { formatHalfEven } from './half_even.ts'
export { compareCell, compareCells, compareCodePoints } from './compare.ts'
export { csvLines } from './csv.ts'
export { coverageDocument, processDocument, rowDocument, snapshotDocument } from './json.ts'
export { renderTable, type PlainColumn } from './plain_table.ts'
export { allMapsLines, figureOf, mapsHeading, mapsLines, type MappedProcess, type MapsView } from './maps_table.ts'
export { mapsCsv, mapsDocument } from './maps_document.ts'
