import { GROUPINGS, type Grouping } from '../processes/index.ts'
import { show, toBytes } from '../options.ts'
import { isSet, stringOf, UsageError, type Invocation } from './command.ts'
import { checkConflicts } from './list_conflicts.ts'
import { durationOption, fileName, sizeOption, textFilterOption } from './option_values.ts'
import type { TextFilter } from './text_filter.ts'

/** What the listing was asked for, checked. */
export interface ListRequest {
  readonly view: ListView
  readonly by: Grouping | undefined
  readonly processFilter: TextFilter | undefined
  readonly mappingFilter: TextFilter | undefined
  readonly userFilter: TextFilter | undefined
  /** Path of a capture or a tree; undefined: this machine. */
  readonly source: string | undefined
  /** '' stands for the view's own. */
  readonly columns: string
  readonly sort: string
  /** kB. */
  readonly realMem: number | undefined
  readonly kernel: string | undefined
  readonly form: 'text' | 'json' | 'ndjson' | 'csv'
  readonly chart: ChartRequest | undefined
  /** Bytes. */
  readonly maxRss: number | undefined
  readonly budgetMs: number | undefined
  readonly threads: number | undefined
}

export interface ChartRequest {
  readonly kind: 'pie' | 'bar'
  /** The column that labels it. */
  readonly label: string
  /** In the terminal, in place of an SVG file. */
  readonly inTerminal: boolean
  readonly output: string
}

export type ListView = 'processes' | 'mappings' | 'users' | 'system' | 'groups' | 'tree'

/** @throws {UsageError} */
export function toListRequest(invocation: Invocation): ListRequest {
  checkConflicts(invocation)
  const text = (name: string): string | undefined => stringOf(invocation, name)
  const file = (name: string): string | undefined => optionalFile(text(name), `--${name}`)
  const by = GROUPINGS.find((grouping) => grouping === text('by'))
  return {
    view: viewOf(invocation),
    by,
    processFilter: textFilterOption(invocation, 'processfilter'),
    mappingFilter: textFilterOption(invocation, 'mapfilter'),
    userFilter: textFilterOption(invocation, 'userfilter'),
    source: file('source'),
    columns: text('columns') ?? '',
    sort: text('sort') ?? '',
    realMem: toRealMem(text('realmem')),
    kernel: file('kernel'),
    form: formOf(invocation),
    chart: toChart(invocation),
    maxRss: sizeOption(invocation, 'max-rss'),
    budgetMs: durationOption(invocation, 'budget'),
    threads: toThreads(text('threads')),
  }
}

/** As in smem the mappings win over the users, and these over the system. */
function viewOf(invocation: Invocation): ListView {
  if (isSet(invocation, 'mappings')) return 'mappings'
  if (isSet(invocation, 'users')) return 'users'
  if (isSet(invocation, 'system')) return 'system'
  if (isSet(invocation, 'by')) return 'groups'
  return isSet(invocation, 'tree') ? 'tree' : 'processes'
}

function formOf(invocation: Invocation): ListRequest['form'] {
  return (['json', 'ndjson', 'csv'] as const).find((form) => isSet(invocation, form)) ?? 'text'
}

function toChart(invocation: Invocation): ChartRequest | undefined {
  const pie = stringOf(invocation, 'pie')
  const bar = stringOf(invocation, 'bar')
  const inTerminal = isSet(invocation, 'chart')
  const kind = pie === undefined ? 'bar' : 'pie'
  const label = pie ?? bar ?? (inTerminal ? '' : undefined)
  const output = optionalFile(stringOf(invocation, 'output'), '--output')
  if (label === undefined) {
    if (output !== undefined) throw new UsageError('--output says where a chart goes; give --pie or --bar with it')
    return undefined
  }
  return { kind, label, inTerminal, output: output ?? `smem-${kind}.svg` }
}

function optionalFile(text: string | undefined, what: string): string | undefined {
  return text === undefined ? undefined : fileName(text, what)
}

/** smem insists on a unit, and so do we: 16 of what? */
function toRealMem(size: string | undefined): number | undefined {
  if (size === undefined) return undefined
  if (!/[kmgt]b?$/i.test(size)) throw new UsageError(`--realmem needs a unit, for example ${Number(size) > 0 ? size : 16}G; got '${size}'`)
  try {
    return toBytes(size, '--realmem') / 1024
  } catch {
    throw new UsageError(`--realmem must be a size with a unit such as 16G, got '${size}'`)
  }
}

/** What a scan takes at most. */
const MAX_THREADS = 256

function toThreads(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const threads = /^\d+$/.test(text) ? Number(text) : 0
  if (threads >= 1 && threads <= MAX_THREADS) return threads
  throw new UsageError(`--threads: must be a whole number from 1 to ${MAX_THREADS}, got ${show(text)}`)
}
