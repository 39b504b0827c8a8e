import {
  V8_CODE,
  type ClassifiedMapping, type MappedItem, type MappedKind, type MappingFigure, type MappingKind, type MappingSummary,
  type MappingSums, type Sharers,
} from '../processes/index.ts'
import { formatSuffix } from './amount.ts'
import { escapeBytes, escapeText } from './escape.ts'
import { renderTable, type PlainColumn } from './plain_table.ts'

/** A process whose mappings are shown. */
export interface MappedProcess {
  readonly pid: number
  /** undefined where it could not be listed: it ended meanwhile. */
  readonly program: string | undefined
  readonly commandLine: readonly string[] | undefined
  readonly user: string | undefined
  readonly uid: number | undefined
  /** Milliseconds after boot. */
  readonly startTime: number | undefined
  readonly node: boolean
}

export interface MapsView {
  /** '4.0M' in place of kB. */
  readonly suffixes: boolean
  /** At most so many lines of each kind. */
  readonly limit: number
  /** Who else maps what; undefined when it was not asked for. */
  readonly sharers: ReadonlyMap<MappedItem, Sharers> | undefined
}

/** Who it is, and what it has altogether. */
export function mapsHeading(process: MappedProcess, { total, kinds }: MappingSummary, { suffixes }: MapsView): string[] {
  const show = (bytes: number | undefined): string => (suffixes ? amount(bytes, true) : `${amount(bytes, false)} kB`)
  const who = process.user === undefined ? '' : `, user ${escapeText(process.user)}`
  const command = escapeText(process.commandLine?.join(' ').slice(0, MAX_COMMAND) ?? '')
  const lines = [
    `${process.pid} ${escapeText(process.program ?? '?')}${who}${command === '' ? '' : `: ${command}`}`,
    `RSS ${show(total.rss)}, PSS ${show(total.pss)}, USS ${show(total.uss)}, swap ${show(total.swap)}, ${total.count} mappings`,
  ]
  if (process.node) lines.push(v8Line(kinds, show))
  return lines
}

/** A line a kind, below it a line a file or name (or both in one where there is one only), and a total. */
export function mapsLines({ total, kinds }: MappingSummary, view: MapsView): string[] {
  const rows: Row[] = kinds.flatMap((kind): Row[] => {
    const [only] = kind.items
    if (only !== undefined && kind.items.length === 1) {
      return [{ sums: only, label: `${KIND_TITLES[kind.kind]}: ${itemLabel(only)}`, item: only }]
    }
    const title: Row = { sums: kind, label: KIND_TITLES[kind.kind], item: undefined }
    const shown = kind.items.slice(0, view.limit)
    const hidden = kind.items.length - shown.length
    const more: Row[] = hidden === 0 ? [] : [{ sums: undefined, label: `  ${hidden} more`, item: undefined }]
    return [title, ...shown.map((item) => ({ sums: item, label: `  ${itemLabel(item)}`, item })), ...more]
  })
  rows.push({ sums: total, label: 'total', item: undefined })
  const columns: PlainColumn<Row>[] = [
    ...FIGURES.map(([header, figure]): PlainColumn<Row> => (
      { header, align: 'right', text: ({ sums }) => (sums === undefined ? '' : amount(sums[figure], view.suffixes)) })),
    { header: 'Count', align: 'right', text: ({ sums }) => (sums === undefined ? '' : String(sums.count)) },
    { header: 'Mapping', align: 'left', text: ({ label }) => label },
  ]
  const { sharers } = view
  if (sharers !== undefined) {
    columns.splice(-1, 0, {
      header: 'Others', align: 'left', text: ({ item }) => (item === undefined ? '' : sharersText(sharers.get(item))),
    })
  }
  const lines = renderTable(columns, rows)
  return kinds.some(({ items }) => items.some(({ guess }) => guess)) ? [...lines, GUESS_NOTE] : lines
}

/** Every mapping as one line. */
export function allMapsLines(mappings: readonly ClassifiedMapping[], { suffixes, limit }: MapsView): string[] {
  const columns: PlainColumn<ClassifiedMapping>[] = [
    { header: 'Start', align: 'right', text: ({ mapping }) => mapping.start.toString(16) },
    { header: 'End', align: 'right', text: ({ mapping }) => mapping.end.toString(16) },
    { header: 'Perms', align: 'left', text: ({ mapping }) => escapeText(mapping.perms) },
    ...FIGURES.map(([header, figure]): PlainColumn<ClassifiedMapping> => (
      { header, align: 'right', text: ({ mapping }) => amount(figureOf(mapping.usage, figure), suffixes) })),
    { header: 'Kind', align: 'left', text: ({ kind, guess }) => (guess ? `${kind}?` : kind) },
    { header: 'Flags', align: 'left', text: ({ mapping }) => escapeText(mapping.vmFlags?.join(' ') ?? '?') },
    { header: 'Mapping', align: 'left', text: ({ mapping: { path, rawPath } }) => shownPath(path ?? '', rawPath) },
  ]
  const shown = mappings.slice(0, limit)
  const hidden = mappings.length - shown.length
  return [...renderTable(columns, shown), ...(hidden === 0 ? [] : [`${hidden} more`])]
}

/** Bytes of one mapping. */
export function figureOf(usage: ClassifiedMapping['mapping']['usage'], figure: MappingFigure): number | undefined {
  if (figure !== 'shared') return usage[figure]
  return usage.rss === undefined || usage.uss === undefined ? undefined : usage.rss - usage.uss
}

const KIND_TITLES: Readonly<Record<MappingKind, string>> = {
  program: 'program',
  library: 'libraries',
  file: 'other files',
  heap: 'heap (malloc)',
  v8: 'V8',
  stack: 'stacks',
  bss: 'zeroed data of files',
  anonymous: 'anonymous memory',
  code: 'code made at run time',
  shared: 'shared memory',
  device: 'devices',
  kernel: 'of the kernel',
  reserved: 'reserved, no access',
}

interface Row {
  readonly sums: MappingSums | undefined
  readonly label: string
  readonly item: MappedItem | undefined
}

const FIGURES: readonly (readonly [header: string, figure: MappingFigure])[] = [
  ['Private', 'uss'], ['Shared', 'shared'], ['PSS', 'pss'], ['RSS', 'rss'], ['Swap', 'swap'], ['Size', 'size'],
]
const MAX_COMMAND = 200
const TOP_PROGRAMS = 3
const GUESS_NOTE = '(guess): the kernel does not name it; flags, neighbours and alignment make it probable'

/** Only what its flags show: without them nothing is claimed. */
function v8Line(kinds: readonly MappedKind[], show: (bytes: number | undefined) => string): string {
  const items = kinds.flatMap((kind) => kind.items)
    .filter(({ kind, name }) => kind === 'v8' || (kind === 'code' && name === V8_CODE))
  if (items.length === 0) return 'a Node process; its V8 heap cannot be told from other anonymous memory here'
  const sum = items.reduce<number | undefined>(
    (total, { uss }) => (total === undefined || uss === undefined ? undefined : total + uss), 0)
  const isGuess = items.some(({ guess }) => guess)
  return `a Node process; ${show(sum)} private in V8's mappings${isGuess ? ' (a guess by their flags)' : ''}`
}

function itemLabel({ name, rawName, deleted, guess }: MappedItem): string {
  return shownPath(name, rawName) + (deleted ? ' [deleted]' : '') + (guess ? ' (guess)' : '')
}

function shownPath(path: string, rawPath: Uint8Array | undefined): string {
  return rawPath === undefined ? escapeText(path) : escapeBytes(rawPath)
}

function sharersText(sharers: Sharers | undefined): string {
  if (sharers === undefined) return ''
  if (sharers.processes === 0) return 'nobody'
  const shown = sharers.programs.slice(0, TOP_PROGRAMS)
  const more = sharers.programs.length > shown.length ? ', ...' : ''
  return `${sharers.processes}: ${shown.map(({ program, processes }) => `${escapeText(program)} ${processes}`).join(', ')}${more}`
}

function amount(bytes: number | undefined, suffixes: boolean): string {
  if (bytes === undefined) return '?'
  return suffixes ? formatSuffix(bytes) : String(Math.round(bytes / 1024))
}
