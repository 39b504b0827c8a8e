import type { Cell, Column, View } from '../columns.ts'
import { scannedColumns } from './scanned_columns.ts'
import type { SystemRow } from './system.ts'
import type { MappingRow, MemoryFigures, ProcessRow, UserRow } from './views.ts'

/** The columns of smem's four views: names, widths, alignment and totals are smem's, a script may count on them. */
export const PROCESS_VIEW: View<ProcessRow> = {
  defaultColumns: 'pid user command swap uss pss rss',
  defaultSort: 'pss',
  columns: [
    {
      name: 'pid', header: 'PID', description: 'process ID',
      kind: 'count', align: 'right', width: 5, total: 'rows', value: (row) => row.pid,
    },
    {
      name: 'user', header: 'User', description: 'who runs it: the effective user',
      kind: 'text', align: 'left', width: 8, total: 'distinct', value: (row) => row.user,
    },
    {
      name: 'name', header: 'Name', description: 'short name, as the kernel knows it',
      kind: 'text', align: 'left', width: 24, truncate: true, total: 'blank', value: (row) => row.name,
    },
    {
      name: 'command', header: 'Command', description: 'command line', flexible: true,
      kind: 'text', align: 'left', width: 27, truncate: true, total: 'blank', value: (row) => row.command,
    },
    {
      name: 'maps', header: 'Maps', description: 'how many mappings',
      kind: 'count', align: 'right', width: 5, total: 'sum', value: (row) => known(row.maps),
    },
    ...memoryColumns<ProcessRow>(),
    ...scannedColumns(),
  ],
}

export const USER_VIEW: View<UserRow> = {
  defaultColumns: 'user count swap uss pss rss',
  defaultSort: 'pss',
  columns: [
    {
      name: 'user', header: 'User', description: 'whose processes they are',
      kind: 'text', align: 'left', width: 8, total: 'blank', value: (row) => row.user,
    },
    {
      name: 'count', header: 'Count', description: 'how many processes',
      kind: 'count', align: 'right', width: 5, total: 'sum', value: (row) => row.count,
    },
    ...memoryColumns<UserRow>(),
  ],
}

export const MAPPING_VIEW: View<MappingRow> = {
  defaultColumns: 'map pids avgpss pss',
  defaultSort: 'pss',
  columns: [
    {
      name: 'map', header: 'Map', description: 'what is mapped', flexible: true,
      kind: 'text', align: 'left', width: 40, truncate: true, total: 'rows', value: (row) => row.map,
    },
    {
      name: 'count', header: 'Count', description: 'how many mappings',
      kind: 'count', align: 'right', width: 5, total: 'sum', value: (row) => row.count,
    },
    {
      name: 'pids', header: 'PIDs', description: 'how many processes have it',
      kind: 'count', align: 'right', width: 5, total: 'sum', value: (row) => row.pids,
    },
    ...memoryColumns<MappingRow>(),
    amount('avgpss', 'AVGPSS', 'PSS for each process that has it', (row) => row.avgpss),
    amount('avguss', 'AVGUSS', 'USS for each process that has it', (row) => row.avguss),
    amount('avgrss', 'AVGRSS', 'RSS for each process that has it', (row) => row.avgrss),
  ],
}

export const SYSTEM_VIEW: View<SystemRow> = {
  defaultColumns: 'area used cache noncache',
  defaultSort: 'order',
  columns: [
    {
      name: 'order', header: 'Order', description: 'position, from the hardware to free memory',
      kind: 'count', align: 'right', width: 1, total: 'blank', value: (row) => row.order,
    },
    {
      name: 'area', header: 'Area', description: 'part of the memory',
      kind: 'text', align: 'left', width: 24, total: 'blank', value: (row) => row.area,
    },
    { ...amount<SystemRow>('used', 'Used', 'in use', (row) => row.used), width: 10 },
    { ...amount<SystemRow>('cache', 'Cache', 'of that, cache that can be given up', (row) => row.cache), width: 10 },
    { ...amount<SystemRow>('noncache', 'Noncache', 'of that, all else', (row) => row.noncache), width: 10 },
  ],
}

function memoryColumns<Row extends MemoryFigures>(): Column<Row>[] {
  return [
    { ...amount<Row>('swap', 'Swap', 'swapped out, shared or not', (row) => row.swap), percentOf: 'swap' },
    amount('uss', 'USS', 'memory that no other process has: what its end would free', (row) => row.uss),
    amount('pss', 'PSS', 'its memory, each shared page divided by its users', (row) => row.pss),
    amount('rss', 'RSS', 'all memory it has mapped and resident', (row) => row.rss),
    amount('vss', 'VSS', 'all address space it has mapped', (row) => row.vss),
  ]
}

function amount<Row>(name: string, header: string, description: string, value: Column<Row>['value']): Column<Row> {
  return { name, header, description, kind: 'amount', align: 'right', width: 8, total: 'sum', value: (row) => known(value(row)) }
}

function known(cell: Cell): Cell {
  return typeof cell === 'number' && Number.isNaN(cell) ? undefined : cell
}
