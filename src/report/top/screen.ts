import { escapeText } from '../escape.ts'
import { paintLine, type Span } from './styled.ts'
import { amountText, durationText, topTable } from './columns.ts'
import { TOP_HELP } from './help.ts'
import type { TopGroup, TopRow, TopSort, TopUnits } from './row.ts'

/** What the machine says, and the processes that the filter leaves, all together. Bytes and milliseconds. */
export interface TopTotals {
  readonly processes: number
  /** Those that the filter does not leave too. */
  readonly allProcesses: number
  /** Sum of all PSS that are known; undefined when none is. */
  readonly pss: number | undefined
  readonly memTotal: number | undefined
  readonly memAvailable: number | undefined
  readonly swapTotal: number | undefined
  readonly swapFree: number | undefined
  /** Processes that could not be read, or were not yet. */
  readonly unreadCount: number
  readonly unreadRss: number
  /** How many for which code. */
  readonly unreadCodes: ReadonlyMap<string, number>
  /** Processes whose figures are of this round, what reading them took, and those whose reading waits. */
  readonly readCount: number
  readonly readMs: number
  readonly waitingCount: number
  /** Part of one core that this program used of late; undefined in the first round. */
  readonly ownShare: number | undefined
}

/** Everything that a screen shows. */
export interface TopFrame {
  /** Local time, 'HH:MM:SS'. */
  readonly time: string
  /** Milliseconds between rounds: as asked for, and as it is to stay within the budget. */
  readonly intervalMs: number
  readonly actualIntervalMs: number
  readonly totals: TopTotals
  /** All of them, sorted. */
  readonly rows: readonly TopRow[]
  /** Index of the first row that is shown. */
  readonly scroll: number
  readonly sort: TopSort
  readonly descending: boolean
  /** As it was written. */
  readonly filter: string | undefined
  readonly tree: boolean
  readonly group: TopGroup
  readonly units: TopUnits
  readonly paused: boolean
  readonly help: boolean
  /** What has been typed as a filter, and what is wrong with it. */
  readonly prompt: { readonly text: string; readonly error: string | undefined } | undefined
}

export interface TopSize {
  readonly columns: number
  readonly rows: number
}

export interface TopLook {
  readonly colour: boolean
  /** No characters beyond ASCII for lines and sparklines. */
  readonly ascii: boolean
}

const HEADER_LINES = 3
const TABLE_HEADER_LINES = 1
const FOOTER_LINES = 1

/** How many rows of the table a terminal of so many lines has space for. */
export function topPageRows(terminalRows: number): number {
  return Math.max(1, terminalRows - HEADER_LINES - TABLE_HEADER_LINES - FOOTER_LINES)
}

/** A screen as exactly `size.rows` lines, none wider than `size.columns`. */
export function renderTopScreen(frame: TopFrame, size: TopSize, look: TopLook): string[] {
  const paint = (spans: readonly Span[]): string => paintLine(spans, size.columns, look.colour)
  const pageRows = topPageRows(size.rows)
  const shown = frame.rows.slice(frame.scroll, frame.scroll + pageRows)
  const { header, lines } = topTable(shown, tableStyle(frame, size.columns, look.ascii, true))
  const body = frame.help ? TOP_HELP.map((text): Span[] => [{ text }]) : [header, ...lines]
  const above = [...headerLines(frame), ...body].slice(0, Math.max(0, size.rows - FOOTER_LINES)).map(paint)
  const blank = Array.from({ length: Math.max(0, size.rows - FOOTER_LINES - above.length) }, () => '')
  return [...above, ...blank, paint(footerLine(frame, pageRows))].slice(-size.rows)
}

/** One refresh for a file or a pipe: every row, no escape sequences, no past. */
export function renderTopPlain(frame: TopFrame, columns: number): string[] {
  const { header, lines } = topTable(frame.rows, tableStyle(frame, columns, true, false))
  return [...headerLines(frame), header, ...lines].map((spans) => paintLine(spans, columns, false))
}

function tableStyle(frame: TopFrame, width: number, ascii: boolean, trend: boolean): Parameters<typeof topTable>[1] {
  const { units, tree, group, sort, totals } = frame
  return { width, units, memory: totals.memTotal ?? 0, tree: tree && group === 'none', group, sort, ascii, trend }
}

function headerLines(frame: TopFrame): Span[][] {
  const { totals, units } = frame
  const amount = (bytes: number | undefined): string =>
    bytes === undefined ? '?' : amountText(bytes, units, totals.memTotal ?? 0)
  // A percentage of itself would say nothing.
  const total = totals.memTotal === undefined ? '?' : amountText(totals.memTotal, units === 'percent' ? 'suffixes' : units, 0)
  const swapUsed = totals.swapTotal === undefined || totals.swapFree === undefined ? undefined : totals.swapTotal - totals.swapFree
  return [
    [{ text: 'smem-ts top', style: 'bold' }, { text: ` ${frame.time}  ${settingsText(frame)}` }, ...pausedMark(frame)],
    [{
      text: `${processesText(frame)}  PSS ${amount(totals.pss)}  `
        + `memory ${total} total, ${amount(totals.memAvailable)} available  swap ${amount(swapUsed)} used`,
    }],
    [...unreadText(totals, amount(totals.unreadRss)), { text: readingText(totals), style: 'dim' }],
  ]
}

function processesText({ filter, totals: { processes, allProcesses } }: TopFrame): string {
  return filter === undefined
    ? count(processes, 'process', 'processes')
    : `${processes} of ${count(allProcesses, 'process', 'processes')}`
}

function settingsText({ intervalMs, actualIntervalMs, sort, descending, filter, tree, group }: TopFrame): string {
  const isStretched = actualIntervalMs > intervalMs * 1.05
  const stretched = isStretched ? ` (${secondsText(intervalMs)} would cost more than the budget)` : ''
  return [
    `every ${secondsText(isStretched ? actualIntervalMs : intervalMs)}${stretched}`,
    `by ${sort}, ${descending ? 'largest' : 'smallest'} first`,
    ...(filter === undefined ? [] : [`filter /${escapeText(filter)}/`]),
    ...(group === 'none' ? (tree ? ['tree'] : []) : [`per ${group}`]),
  ].join('  ')
}

function pausedMark({ paused }: TopFrame): Span[] {
  return paused ? [{ text: '  ' }, { text: 'paused', style: 'warning' }] : []
}

function unreadText({ unreadCount, unreadCodes }: TopTotals, rss: string): Span[] {
  if (unreadCount === 0) return [{ text: 'all read  ' }]
  const why = [...unreadCodes].map(([code, number]) => `${number} ${code}`).join(', ')
  return [{ text: `${count(unreadCount, 'process', 'processes')} with ${rss} RSS unread (${why})  `, style: 'warning' }]
}

function readingText({ readCount, readMs, waitingCount, ownShare }: TopTotals): string {
  const waiting = waitingCount === 0 ? '' : `, ${waitingCount} wait`
  const own = ownShare === undefined ? '' : `  own cost ${(ownShare * 100).toFixed(1)}% of a core`
  return `read ${readCount} in ${readMs.toFixed(1)} ms${waiting}${own}`
}

function footerLine({ prompt, help, rows, scroll }: TopFrame, pageRows: number): Span[] {
  if (prompt !== undefined) {
    const error = prompt.error === undefined ? [] : [{ text: `  ${escapeText(prompt.error)}`, style: 'warning' as const }]
    return [{ text: 'filter: ', style: 'bold' }, { text: `${escapeText(prompt.text)}_` }, ...error]
  }
  if (help) return [{ text: 'any key goes back' }]
  const end = Math.min(rows.length, scroll + pageRows)
  const place = rows.length === 0 ? 'nothing to show' : `${scroll + 1}-${end} of ${rows.length}`
  return [{ text: `${place}  q quit  h help  s sort  r reverse  / filter  t tree  g group  u units  space pause`, style: 'dim' }]
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

function secondsText(ms: number): string {
  return ms < 100_000 ? `${Math.round(ms / 100) / 10} s` : durationText(ms)
}
