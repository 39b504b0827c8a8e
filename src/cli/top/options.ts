import { nearest } from '../../nearest.ts'
import { TOP_SORTS, type TopSort } from '../../report/top/index.ts'
import { isSet, stringOf, UsageError, type Invocation } from '../command.ts'
import { durationOption, regexOption, sizeOption } from '../option_values.ts'
import type { TopView } from './view.ts'

export interface TopOptions {
  /** What is shown at first. */
  readonly view: TopView
  /** Bytes; Infinity: no limit. */
  readonly maxRss: number
  /** Part of one core that all of it may take. */
  readonly budget: number
  /** Ends after so many refreshes; Infinity: never. */
  readonly count: number
  readonly altScreen: boolean
}

const DEFAULT_INTERVAL_MS = 1000 * 2
const SHORTEST_INTERVAL_MS = 100

/** @throws {UsageError} */
export function topOptions(invocation: Invocation): TopOptions {
  const { positionals } = invocation
  const option = stringOf(invocation, 'sort')
  if (positionals[0] !== undefined && option !== undefined) throw new UsageError('SORT and --sort exclude each other')
  const sort = positionals[0] ?? option
  const intervalMs = durationOption(invocation, 'interval') ?? DEFAULT_INTERVAL_MS
  if (intervalMs < SHORTEST_INTERVAL_MS) throw new UsageError(`--interval: at least ${SHORTEST_INTERVAL_MS}ms`)
  return {
    view: {
      sort: sort === undefined ? 'pss' : toSort(sort),
      reversed: false,
      filter: regexOption(invocation, 'filter'),
      tree: false,
      group: 'none',
      units: 'suffixes',
      paused: false,
      help: false,
      intervalMs,
      scroll: 0,
      prompt: undefined,
    },
    maxRss: sizeOption(invocation, 'max-rss') ?? Infinity,
    budget: toShare(stringOf(invocation, 'budget') ?? '1%'),
    count: toCount(stringOf(invocation, 'count')),
    altScreen: !isSet(invocation, 'no-alt-screen'),
  }
}

function toSort(name: string): TopSort {
  const found = TOP_SORTS.find((sort) => sort === name)
  if (found !== undefined) return found
  const near = nearest(name, TOP_SORTS)
  const hint = near === undefined ? `one of ${TOP_SORTS.join(', ')}` : `did you mean '${near}'?`
  throw new UsageError(`cannot sort by '${name}'; ${hint}`)
}

function toShare(text: string): number {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  const share = Number(percent ?? NaN) / 100
  if (share > 0 && share <= 1) return share
  throw new UsageError(`--budget must be a part of one core such as '1%', up to '100%', got '${text}'`)
}

function toCount(text: string | undefined): number {
  if (text === undefined) return Infinity
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count >= 1) return count
  throw new UsageError(`--count must be a whole number from 1, got '${text}'`)
}
