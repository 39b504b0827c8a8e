import { formatAmount } from '../amount.ts'
import { escapeText } from '../escape.ts'
import { sparkline } from './sparkline.ts'
import type { Span, TextStyle } from './styled.ts'
import type { TopGroup, TopRow, TopSort, TopUnits } from './row.ts'
import { fitToWidth } from '../width.ts'

/** How the table is to look. */
export interface TopTableStyle {
  /** Columns of the terminal; Infinity cuts nothing. */
  readonly width: number
  readonly units: TopUnits
  /** Bytes that 100 % are. */
  readonly memory: number
  readonly tree: boolean
  readonly group: TopGroup
  readonly sort: TopSort
  /** No characters beyond ASCII for lines and sparklines. */
  readonly ascii: boolean
  /** Whether there is a past to draw. */
  readonly trend: boolean
}

interface TopColumn {
  readonly header: string
  readonly width: number
  readonly align: 'left' | 'right'
  readonly sort?: TopSort
  /** The higher, the sooner it gives way on a narrow terminal; 0 stays. */
  readonly dispensable: number
  /** Its text is exactly as wide as the column. */
  readonly isFitted?: boolean
  text(row: TopRow): string
  style?(row: TopRow): TextStyle
}

/** The header and a line of spans for each row. */
export function topTable(rows: readonly TopRow[], style: TopTableStyle): { header: Span[]; lines: Span[][] } {
  const columns = columnsThatFit(allColumns(style), style.width)
  const used = columns.reduce((sum, { width }) => sum + width + 1, 0)
  const labelWidth = Math.max(0, style.width - used)
  const last = { header: LABEL_HEADERS[style.group], sort: 'command' as const }
  const header = columns.map((column): Span => ({
    text: `${fitToWidth(column.header, column.width, column.align)} `,
    style: headerStyle(column.sort === style.sort),
    width: column.width + 1,
  }))
  const label = Number.isFinite(labelWidth) ? fitToWidth(last.header, labelWidth) : last.header
  const lines = rows.map((row): Span[] => [
    ...columns.map((column): Span => ({
      text: `${column.isFitted === true ? column.text(row) : fitToWidth(column.text(row), column.width, column.align)} `,
      style: column.style?.(row) ?? rowStyle(row),
      width: column.width + 1,
    })),
    { text: branchText(row.branches, style.ascii) + safeText(boundedLabel(row.label, labelWidth)), style: rowStyle(row) },
  ])
  return { header: [...header, { text: label, style: headerStyle(last.sort === style.sort) }], lines }
}

const LABEL_HEADERS: Readonly<Record<TopGroup, string>> = {
  none: 'Command', user: 'User', program: 'Program', cgroup: 'Cgroup',
}
const LABEL_MIN_WIDTH = 18

function columnsThatFit(columns: readonly TopColumn[], width: number): TopColumn[] {
  let kept = [...columns]
  const size = (): number => kept.reduce((sum, column) => sum + column.width + 1, LABEL_MIN_WIDTH)
  while (size() > width) {
    const first = Math.max(...kept.map(({ dispensable }) => dispensable))
    if (first === 0) break
    kept = kept.filter(({ dispensable }) => dispensable !== first)
  }
  return kept
}

function allColumns({ units, memory, tree, group, ascii, trend }: TopTableStyle): TopColumn[] {
  const amountWidth = units === 'kilobytes' ? 10 : 8
  const text = (bytes: number | undefined): string => (bytes === undefined ? '?' : amountText(bytes, units, memory))
  const amount = (
    header: string, sort: TopSort, dispensable: number, value: (row: TopRow) => number | undefined, isSum = group !== 'none',
  ): TopColumn => ({
    header, sort, dispensable, align: 'right', width: amountWidth,
    // A sum without all its parts is at least that much.
    text: (row) => text(value(row)) + (isSum && row.partial && value(row) !== undefined ? '+' : ''),
  })
  const change = (header: string, sort: TopSort, dispensable: number, value: (row: TopRow) => number | undefined): TopColumn => ({
    header, sort, dispensable, align: 'right', width: amountWidth + 1,
    text: (row) => changeText(value(row), units, memory),
    style: (row) => changeStyle(value(row), row),
  })
  const whose: TopColumn[] = group === 'none'
    ? [
        { header: 'PID', sort: 'pid', width: 7, align: 'right', dispensable: 0, text: ({ pid }) => String(pid ?? '') },
        { header: 'User', sort: 'user', width: 8, align: 'left', dispensable: 4, text: ({ user }) => safeText(user ?? '') },
      ]
    : [{ header: 'Count', sort: 'count', width: 5, align: 'right', dispensable: 0, text: ({ count }) => String(count) }]
  return [
    ...whose,
    amount('PSS', 'pss', 0, ({ pss }) => pss),
    ...(tree ? [amount('Subtree', 'pss', 0, ({ subtreePss }) => subtreePss, true)] : []),
    amount('USS', 'uss', 2, ({ uss }) => uss),
    amount('RSS', 'rss', 1, ({ rss }) => rss, false),
    amount('Swap', 'swap', 5, ({ swap }) => swap),
    change('Grown', 'grown', 3, ({ sinceStart }) => sinceStart),
    change('Last', 'delta', 6, ({ sinceLast }) => sinceLast),
    {
      header: 'Age', sort: 'age', width: 6, align: 'right', dispensable: 1,
      text: ageText, style: (row) => (row.stale || row.unread !== undefined ? 'warning' : 'dim'),
    },
    ...(trend
      ? [{
          header: 'PSS trend', width: 12, align: 'right' as const, dispensable: 7, isFitted: true,
          text: (row: TopRow) => sparkline(row.trend, 12, ascii),
        }]
      : []),
  ]
}

function headerStyle(isSort: boolean): TextStyle {
  return isSort ? 'bold' : 'inverse'
}

function rowStyle(row: TopRow): TextStyle {
  return row.stale || row.unread !== undefined ? 'dim' : 'plain'
}

export function amountText(bytes: number, units: TopUnits, memory: number): string {
  return formatAmount(Math.round(bytes / 1024), units, memory / 1024)
}

/** Nothing for no change: what moves is to catch the eye. */
function changeText(bytes: number | undefined, units: TopUnits, memory: number): string {
  if (bytes === undefined || Math.round(bytes / 1024) === 0) return ''
  return (bytes > 0 ? '+' : '-') + amountText(Math.abs(bytes), units, memory)
}

function changeStyle(bytes: number | undefined, row: TopRow): TextStyle {
  if (bytes === undefined || bytes === 0) return rowStyle(row)
  return bytes > 0 ? 'grown' : 'shrunk'
}

const UNREAD_MARKS: Readonly<Record<string, string>> = {
  ERR_OVER_MAX_RSS: 'large', ERR_OVER_BUDGET: 'waits', EACCES: 'denied', EPERM: 'denied',
}

/** In steps, or every line would be drawn anew in every round. */
const AGE_STEP_MS = 1000 * 5

/** Nothing for figures of the last seconds; `!` after the age where they are known to be no longer true. */
function ageText({ ageMs = 0, stale, unread }: TopRow): string {
  if (unread !== undefined) return UNREAD_MARKS[unread] ?? 'unread'
  if (stale) return `${durationText(ageMs)}!`
  return ageMs < AGE_STEP_MS ? '' : durationText(Math.floor(ageMs / AGE_STEP_MS) * AGE_STEP_MS)
}

export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 100) return `${seconds}s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes}m` : `${Math.round(minutes / 60)}h`
}

function branchText(branches: readonly boolean[], ascii: boolean): string {
  const [follows, ends, passes] = ascii ? ['|- ', '`- ', '|  '] : ['├─ ', '└─ ', '│  ']
  return branches
    .map((more, index) => (index < branches.length - 1 ? (more ? passes : '   ') : (more ? follows : ends)))
    .join('')
}

/** Nearly all text is ASCII, and found safe sooner than the rules for all of Unicode are asked. */
function safeText(text: string): string {
  return PRINTABLE_ASCII.test(text) ? text : escapeText(text)
}

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/** A command line may be megabytes long: what cannot be seen need not be escaped. */
function boundedLabel(label: string, width: number): string {
  const limit = Number.isFinite(width) ? Math.max(1, width) * 16 : label.length
  return label.length > limit ? label.slice(0, limit).replace(/[\ud800-\udbff]$/, '') : label
}
