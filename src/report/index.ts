export { escapeText } from './escape.ts'
export { renderTable, type Column } from './table.ts'
