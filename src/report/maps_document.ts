import { SCHEMA } from '../json_text.ts'
import {
  MAPPING_FIGURES, type ClassifiedMapping, type MappedItem, type MappingSummary, type MappingSums, type Sharers,
} from '../processes/index.ts'
import type { Column } from './columns.ts'
import { csvLines } from './csv.ts'
import { escapeBytes } from './escape.ts'

import { figureOf, type MappedProcess, type MapsView } from './maps_table.ts'

/** One process's mappings for programs, in bytes; what is not known is null. `all`: every mapping besides the sums. */
export function mapsDocument(
  process: MappedProcess, { total, kinds }: MappingSummary, all: readonly ClassifiedMapping[] | undefined, view: MapsView,
): object {
  return {
    schema: SCHEMA,
    type: 'maps',
    pid: process.pid,
    startTime: process.startTime ?? null,
    program: process.program ?? null,
    commandLine: process.commandLine ?? null,
    user: process.user ?? null,
    uid: process.uid ?? null,
    node: process.node,
    total: sumsDocument(total),
    kinds: kinds.map(({ kind, items, ...sums }) => ({
      kind,
      ...sumsDocument(sums),
      items: items.slice(0, view.limit).map((item) => itemDocument(item, view.sharers)),
      left: Math.max(0, items.length - view.limit),
    })),
    ...(all === undefined ? {} : { mappings: all.slice(0, view.limit).map(mappingDocument) }),
  }
}

/** A line an item, or with `all` a line a mapping. */
export function mapsCsv(
  { kinds }: MappingSummary, all: readonly ClassifiedMapping[] | undefined, { limit, sharers }: MapsView,
): string[] {
  if (all !== undefined) return csvLines(all.slice(0, limit), MAPPING_COLUMNS, true)
  const columns = sharers === undefined ? ITEM_COLUMNS : [...ITEM_COLUMNS, ...sharerColumns(sharers)]
  return csvLines(kinds.flatMap(({ items }) => items.slice(0, limit)), columns, true)
}

function itemDocument(item: MappedItem, sharers: MapsView['sharers']): object {
  const found = sharers?.get(item)
  return {
    name: item.name,
    rawName: item.rawName === undefined ? null : Buffer.from(item.rawName).toString('base64'),
    deleted: item.deleted,
    guess: item.guess,
    ...sumsDocument(item),
    ...(sharers === undefined ? {} : { others: found ?? null }),
  }
}

function sumsDocument(sums: MappingSums): object {
  return { count: sums.count, ...Object.fromEntries(MAPPING_FIGURES.map((figure) => [figure, sums[figure] ?? null])) }
}

/** Addresses are hexadecimal: they do not fit into JSON's numbers. */
function mappingDocument({ mapping, kind, name, guess }: ClassifiedMapping): object {
  return {
    start: mapping.start.toString(16),
    end: mapping.end.toString(16),
    perms: mapping.perms,
    offset: mapping.offset.toString(16),
    device: mapping.device,
    inode: mapping.inode.toString(),
    path: mapping.path ?? null,
    deleted: mapping.deleted,
    flags: mapping.vmFlags ?? null,
    kind,
    name,
    guess,
    ...Object.fromEntries(MAPPING_FIGURES.map((figure) => [figure, figureOf(mapping.usage, figure) ?? null])),
  }
}

const PLAIN = { header: '', description: '', align: 'left', width: 0, total: 'blank' } as const

const ITEM_COLUMNS: readonly Column<MappedItem>[] = [
  textColumn('kind', ({ kind }) => kind),
  textColumn('name', ({ name, rawName }) => (rawName === undefined ? name : escapeBytes(rawName))),
  textColumn('deleted', ({ deleted }) => String(deleted)),
  textColumn('guess', ({ guess }) => String(guess)),
  countColumn('count', ({ count }) => count),
  ...MAPPING_FIGURES.map((figure) => amountColumn<MappedItem>(figure, (item) => item[figure])),
]

const MAPPING_COLUMNS: readonly Column<ClassifiedMapping>[] = [
  textColumn('start', ({ mapping }) => mapping.start.toString(16)),
  textColumn('end', ({ mapping }) => mapping.end.toString(16)),
  textColumn('perms', ({ mapping }) => mapping.perms),
  textColumn('kind', ({ kind }) => kind),
  textColumn('guess', ({ guess }) => String(guess)),
  ...MAPPING_FIGURES.map((figure) => amountColumn<ClassifiedMapping>(figure, ({ mapping }) => figureOf(mapping.usage, figure))),
  textColumn('flags', ({ mapping }) => mapping.vmFlags?.join(' ') ?? ''),
  textColumn('path', ({ mapping: { path = '', rawPath } }) => (rawPath === undefined ? path : escapeBytes(rawPath))),
]

function sharerColumns(sharers: ReadonlyMap<MappedItem, Sharers>): Column<MappedItem>[] {
  return [
    countColumn('others', (item) => sharers.get(item)?.processes),
    textColumn('programs', (item) => (sharers.get(item)?.programs ?? [])
      .map(({ program, processes }) => `${program} ${processes}`).join(', ')),
  ]
}

function textColumn<Row>(name: string, value: (row: Row) => string): Column<Row> {
  return { ...PLAIN, name, kind: 'text', value }
}

function countColumn<Row>(name: string, value: (row: Row) => number | undefined): Column<Row> {
  return { ...PLAIN, name, kind: 'count', value }
}

/** `value` in bytes. */
function amountColumn<Row>(name: string, value: (row: Row) => number | undefined): Column<Row> {
  const inKilobytes = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / 1024)
  return { ...PLAIN, name, kind: 'amount', value: (row) => inKilobytes(value(row)) }
}
