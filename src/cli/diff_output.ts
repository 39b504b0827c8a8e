import { SCHEMA } from '../json_text.ts'
import {
  DIFF_FIGURES, type DiffFigure, type DiffRow, type DiffSide, type LoadedSnapshot, type SnapshotDiff,
} from '../captures/index.ts'
import { escapeText, formatSuffix, renderTable, type PlainColumn } from '../report/index.ts'

export interface DiffSource {
  readonly path: string
  readonly snapshot: LoadedSnapshot
}

export interface DiffView {
  /** Rows in which nothing has changed, too. */
  readonly all: boolean
  readonly limit: number
  readonly sort: DiffFigure
  readonly before: DiffSource
  readonly after: DiffSource
}

/** What is compared, a table of what grew, and how much it is together. */
export function diffLines(diff: SnapshotDiff, view: DiffView): string[] {
  const rows = shownRows(diff, view)
  const hidden = diff.rows.length - rows.length
  const more = hidden === 0 ? [] : [`${hidden} more ${hidden === 1 ? 'row' : 'rows'}${view.all ? '' : ', or unchanged'}`]
  const { leftOut, ...sums } = diff.total
  const total: DiffRow = {
    ...sums, name: 'total', pid: undefined, startTime: undefined, process: undefined, status: 'both',
  }
  const columns = columnsOf(diff.by, view.sort)
  return [
    `${describe(view.before)} -> ${describe(view.after)}`,
    ...renderTable(columns, [...rows, total]),
    ...more,
    ...(leftOut === 0 ? [] : [`the total is without ${leftOut} ${leftOut === 1 ? 'row' : 'rows'} of which one side is not known`]),
  ]
}

/** As `diffLines`, in bytes; the schema is documented in docs/json.md. */
export function diffJson(diff: SnapshotDiff, view: DiffView): object {
  return {
    schema: SCHEMA,
    type: 'diff',
    by: diff.by,
    sort: view.sort,
    before: sourceJson(view.before),
    after: sourceJson(view.after),
    rows: shownRows(diff, view).map(rowJson),
    total: {
      before: sideJson(diff.total.before), after: sideJson(diff.total.after),
      growth: figuresJson(diff.total.growth), leftOut: diff.total.leftOut,
    },
  }
}

function shownRows({ rows }: SnapshotDiff, { all, limit }: DiffView): readonly DiffRow[] {
  return rows.filter((row) => all || hasChanged(row)).slice(0, limit)
}

function hasChanged({ status, growth }: DiffRow): boolean {
  return status !== 'both' || DIFF_FIGURES.some((figure) => growth[figure] !== 0)
}

function columnsOf(by: SnapshotDiff['by'], sort: DiffFigure): PlainColumn<DiffRow>[] {
  const names: PlainColumn<DiffRow>[] = by === 'process'
    ? [
        { header: 'PID', align: 'right', text: ({ pid }) => (pid === undefined ? '' : String(pid)) },
        { header: 'User', align: 'left', text: ({ process }) => escapeText(process?.user ?? '') },
        { header: 'Name', align: 'left', text: ({ name }) => escapeText(name ?? '') },
      ]
    : [
        { header: by === 'program' ? 'Program' : 'Map', align: 'left', text: ({ name }) => escapeText(name ?? '[anonymous]') },
        { header: 'Processes', align: 'right', text: processCounts },
      ]
  const ordered = [sort, ...DIFF_FIGURES.filter((figure) => figure !== sort)]
  return [
    ...names,
    ...ordered.map((figure): PlainColumn<DiffRow> => (
      { header: `+${figure.toUpperCase()}`, align: 'right', text: ({ growth }) => signed(growth[figure]) })),
    { header: 'Before', align: 'right', text: ({ before }) => amount(before, sort) },
    { header: 'After', align: 'right', text: ({ after }) => amount(after, sort) },
    { header: '', align: 'left', text: ({ status }) => (status === 'both' ? '' : status) },
  ]
}

function processCounts({ before, after }: DiffRow): string {
  const [old, current] = [before?.processes ?? 0, after?.processes ?? 0]
  return old === current ? String(current) : `${old} -> ${current}`
}

function signed(bytes: number | undefined): string {
  if (bytes === undefined) return '?'
  return bytes > 0 ? `+${formatSuffix(bytes)}` : formatSuffix(bytes)
}

function amount(side: DiffSide | null, figure: DiffFigure): string {
  if (side === null) return '-'
  const bytes = side[figure]
  return bytes === undefined ? '?' : formatSuffix(bytes)
}

/** The file, and which sample of it. */
export function labelOf({ path, snapshot: { sampleNumber } }: DiffSource): string {
  return escapeText(sampleNumber === undefined ? path : `${path}@${sampleNumber}`)
}

function describe(source: DiffSource): string {
  const { takenAt } = source.snapshot
  return takenAt === undefined ? labelOf(source) : `${labelOf(source)} (${timeOf(takenAt)})`
}

/** A time that a file tells may be beyond what a Date holds. */
function timeOf(takenAt: number): string {
  const date = new Date(takenAt)
  return Number.isNaN(date.getTime()) ? 'at no time' : date.toISOString()
}

function sourceJson({ path, snapshot: { kind, takenAt, sampleNumber } }: DiffSource): object {
  return { path, kind, sample: sampleNumber ?? null, takenAt: takenAt ?? null }
}

function rowJson({ name, pid, startTime, process, status, before, after, growth }: DiffRow): object {
  const identity = process === undefined
    ? {}
    : { pid, startTime, uid: process.uid, user: process.user, commandLine: process.commandLine ?? null }
  return {
    name: name ?? null, ...identity, status,
    before: before && sideJson(before), after: after && sideJson(after), growth: figuresJson(growth),
  }
}

function sideJson(side: DiffSide | null): object | null {
  return side === null ? null : { ...figuresJson(side), processes: side.processes, unread: side.unread }
}

function figuresJson(figures: Readonly<Record<DiffFigure, number | undefined>>): object {
  return Object.fromEntries(DIFF_FIGURES.map((figure) => [figure, figures[figure] ?? null]))
}
