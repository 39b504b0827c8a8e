import { GROUPINGS, type Grouping } from '../processes/index.ts'
import { toBytes } from '../options.ts'
import { isSet, stringOf, UsageError, type Invocation } from './command.ts'

/** What the listing was asked for, checked. */
export interface ListRequest {
  readonly view: ListView
  readonly by: Grouping | undefined
  readonly processFilter: RegExp | undefined
  readonly mappingFilter: RegExp | undefined
  readonly userFilter: RegExp | undefined
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
  readonly maxRss: string | undefined
  readonly budget: string | undefined
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

export function toListRequest(invocation: Invocation): ListRequest {
  const text = (name: string): string | undefined => stringOf(invocation, name)
  const by = GROUPINGS.find((grouping) => grouping === text('by'))
  return {
    view: viewOf(invocation),
    by,
    processFilter: toRegExp(text('processfilter'), '--processfilter'),
    mappingFilter: toRegExp(text('mapfilter'), '--mapfilter'),
    userFilter: toRegExp(text('userfilter'), '--userfilter'),
    source: text('source'),
    columns: text('columns') ?? '',
    sort: text('sort') ?? '',
    realMem: toRealMem(text('realmem')),
    kernel: text('kernel'),
    form: formOf(invocation),
    chart: toChart(invocation),
    maxRss: text('max-rss'),
    budget: text('budget'),
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
  const asked = (['json', 'ndjson', 'csv'] as const).filter((form) => isSet(invocation, form))
  if (asked.length > 1) throw new UsageError(`--${asked.join(' and --')} exclude each other`)
  return asked[0] ?? 'text'
}

function toChart(invocation: Invocation): ChartRequest | undefined {
  const pie = stringOf(invocation, 'pie')
  const bar = stringOf(invocation, 'bar')
  const inTerminal = isSet(invocation, 'chart')
  if (pie !== undefined && bar !== undefined) throw new UsageError('--pie and --bar exclude each other')
  const kind = pie === undefined ? 'bar' : 'pie'
  const label = pie ?? bar ?? (inTerminal ? '' : undefined)
  const output = stringOf(invocation, 'output')
  if (label === undefined) {
    if (output !== undefined) throw new UsageError('--output says where a chart goes; give --pie or --bar with it')
    return undefined
  }
  return { kind, label, inTerminal, output: output ?? `smem-${kind}.svg` }
}

/**
 * A pattern as smem's users write it. Python's inline flags at the start become JavaScript's.
 * @throws {UsageError} that names the option
 */
function toRegExp(pattern: string | undefined, option: string): RegExp | undefined {
  if (pattern === undefined) return undefined
  const inline = /^\(\?([aimsux]+)\)/.exec(pattern)
  const flags = [...new Set((inline?.[1] ?? '').replaceAll(/[aux]/g, ''))].join('')
  try {
    return new RegExp(pattern.slice(inline?.[0].length ?? 0).replaceAll('(?P<', '(?<'), `u${flags}`)
  } catch {
    try {
      // The u flag refuses escapes such as \- that Python allows.
      return new RegExp(pattern.slice(inline?.[0].length ?? 0).replaceAll('(?P<', '(?<'), flags)
    } catch (error) {
      throw new UsageError(`${option}: ${(error as Error).message}`)
    }
  }
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

function toThreads(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new UsageError(`--threads must be a number, got '${text}'`)
  return Number(text)
}
