/** smem's views and tables, and the columns that smem never had. */
export { MAPPING_VIEW, PROCESS_VIEW, SYSTEM_VIEW, USER_VIEW } from './columns.ts'
export { toSmemProcesses } from './processes.ts'
export { smemTable, sortRows, type TableOptions } from './table.ts'
export type { SmemFilters, SmemMapping, SmemProcess } from './snapshot.ts'
export { systemRows, type SmemMeminfo, type SystemRow, type SystemViewOptions } from './system.ts'
export {
  mappingRows, processRow, processRows, userRows,
  type MappingRow, type MemoryFigures, type ProcessRow, type SmemViewOptions, type UserRow,
} from './views.ts'
