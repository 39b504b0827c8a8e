import { compareCodePoints } from '../../report/index.ts'
import type { TopRow, TopSort } from '../../report/top/index.ts'
import type { SampledProcess } from '../../sampling/index.ts'
import { TextFilter } from '../text_filter.ts'
import { difference, groupRows, knownRss, processKey, type UserNames } from './groups.ts'
import type { History } from './history.ts'
import { toTree } from './tree.ts'
import type { TopView } from './view.ts'

/** Part of a command line that filters look at: a table that is drawn again and again cannot wait for expressions. */
const FILTERED_LENGTH = 4096

/** The table that `view` asks for, in its order. @throws {SlowExpression} */
export function topRows(
  processes: readonly SampledProcess[], history: History, userOf: UserNames, view: TopView,
  matches = matcherOf(view, processes),
): TopRow[] {
  const { group, tree } = view
  const order = orderOf(view)
  if (group !== 'none') return groupRows(processes.filter(matches), group, history, userOf).sort(order)
  const toRow = (process: SampledProcess): TopRow => processRow(process, history, userOf)
  return tree ? toTree(processes, matches, toRow, order) : processes.filter(matches).map(toRow).sort(order)
}

/** Which of these processes the view's filter leaves. @throws {SlowExpression} */
export function matcherOf(
  { filter }: Pick<TopView, 'filter'>, processes: readonly SampledProcess[],
): (process: SampledProcess) => boolean {
  if (filter === undefined) return () => true
  const matching = matchingTexts(filter, processes)
  // The pattern may stand in our own command line.
  return (row) => row.pid !== process.pid && (matching.has(row.comm) || matching.has(labelOf(row)))
}

function matchingTexts(expression: RegExp, processes: readonly SampledProcess[]): ReadonlySet<string> {
  const filter = new TextFilter(expression, { name: '--filter', maxLength: FILTERED_LENGTH })
  return filter.matching(processes.flatMap((row) => [row.comm, labelOf(row)]))
}

/** Whether the first row has the largest figure: so it is with amounts, and text goes from A to Z. */
export function isDescending({ sort, reversed }: Pick<TopView, 'sort' | 'reversed'>): boolean {
  return TEXT_LIKE.has(sort) === reversed
}

const TEXT_LIKE = new Set<TopSort>(['pid', 'user', 'command'])

function processRow(process: SampledProcess, history: History, userOf: UserNames): TopRow {
  const { pid, uid, usage, ageMs, stale, unavailable } = process
  const past = history.of(processKey(process))
  return {
    pid,
    user: userOf(uid),
    label: labelOf(process),
    count: 1,
    pss: usage?.pss,
    uss: usage?.uss,
    rss: knownRss(process),
    swap: usage?.swap,
    subtreePss: undefined,
    partial: false,
    sinceStart: difference(past?.now, past?.first),
    sinceLast: difference(past?.now, past?.before),
    ageMs,
    stale,
    unread: unavailable?.code,
    trend: past?.trend ?? [],
    branches: [],
  }
}

function labelOf({ comm, commandLine }: SampledProcess): string {
  return commandLine?.join(' ') || (comm === '' ? '?' : `[${comm}]`)
}

/** Rows whose figure is not known come last, either way. */
function orderOf(view: TopView): (a: TopRow, b: TopRow) => number {
  const sign = isDescending(view) ? -1 : 1
  return (a, b) => compareKeys(sortKey(a, view.sort), sortKey(b, view.sort), sign) || (a.pid ?? 0) - (b.pid ?? 0)
    || compareCodePoints(a.label, b.label)
}

function compareKeys(a: number | string | undefined, b: number | string | undefined, sign: number): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return sign * (typeof a === 'string' && typeof b === 'string' ? compareCodePoints(a, b) : Number(a) - Number(b))
}

function sortKey(row: TopRow, sort: TopSort): number | string | undefined {
  switch (sort) {
    case 'grown':
      return row.sinceStart
    case 'delta':
      return row.sinceLast
    case 'age':
      return row.ageMs
    case 'command':
      return row.label
    case 'pss':
      return row.subtreePss ?? row.pss
    default:
      return row[sort]
  }
}
