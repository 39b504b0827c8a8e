import { humanBytes, humanShare, toLabel } from './text.ts'
import { displayWidth, fitToWidth } from '../width.ts'

export interface TerminalBar {
  readonly label: string
  /** Bytes; undefined where it is not known. */
  readonly value: number | undefined
}

export interface TerminalBarsOptions {
  /** Characters a line may have. */
  readonly columns: number
  readonly colour: boolean
  /** false: ASCII only, for terminals without UTF-8; other characters of labels become '?'. */
  readonly unicode: boolean
}

/**
 * A line for each row, in the order given: label, bar, amount, percent of the sum. Bars are as long as the amounts, the
 * largest fills the line; amounts below 0 have none. Labels longer than a third of the line are cut, and where less than
 * eight characters would be left for bars there are no bars. Returns the lines without line ends.
 */
export function renderTerminalBars(rows: readonly TerminalBar[], options: TerminalBarsOptions): string[] {
  const { columns, colour, unicode } = options
  const known = rows.map(({ value }) => Math.max(0, value ?? 0))
  const sum = known.reduce((total, value) => total + value, 0)
  const largest = known.reduce((most, value) => Math.max(most, value), 0)
  const amounts = alignRight(rows.map(({ value }) => (value === undefined ? 'N/A' : humanBytes(value))))
  const shares = alignRight(rows.map(({ value }) => (value === undefined || value < 0 || sum === 0 ? '' : humanShare(value / sum))))
  const figuresWidth = (amounts[0]?.length ?? 0) + (shares[0]?.length ?? 0) + 2
  const labelLimit = Math.max(1, Math.min(Math.floor(columns / 3), columns - figuresWidth - 1))
  const labels = rows.map(({ label }) => toLabel(unicode ? label : toAscii(label), labelLimit, unicode ? '…' : '...'))
  const labelWidth = labels.reduce((widest, label) => Math.max(widest, displayWidth(label)), 0)
  const barWidth = columns - labelWidth - figuresWidth - 2
  return labels.map((label, index) => {
    const figures = `${amounts[index]}  ${shares[index]}`.trimEnd()
    if (barWidth < MIN_BAR_WIDTH) return `${fitToWidth(label, labelWidth)} ${figures}`
    const bar = drawBar(largest === 0 ? 0 : (known[index] ?? 0) / largest, barWidth, unicode)
    const painted = colour && bar !== '' ? `${CYAN}${bar}${DEFAULT_COLOUR}` : bar
    return `${fitToWidth(label, labelWidth)} ${painted}${' '.repeat(barWidth - bar.length)} ${figures}`
  })
}

/** Whether the locale of an environment is UTF-8, by the rule of setlocale(3). */
export function hasUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '')
  return /utf-?8/i.test(locale ?? '')
}

const MIN_BAR_WIDTH = 8
const CYAN = '\x1b[36m'
const DEFAULT_COLOUR = '\x1b[39m'
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** What is more than nothing has at least the thinnest bar. */
function drawBar(share: number, width: number, unicode: boolean): string {
  if (share === 0) return ''
  if (!unicode) return '#'.repeat(Math.max(1, Math.round(share * width)))
  const eighths = Math.max(1, Math.round(share * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}

function alignRight(texts: readonly string[]): string[] {
  const width = texts.reduce((widest, text) => Math.max(widest, text.length), 0)
  return texts.map((text) => text.padStart(width))
}

function toAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, '?')
}
