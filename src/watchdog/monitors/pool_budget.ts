import { checkOneOf, checkOptions } from '../../options.ts'
import { estimate, VOUCH_MS } from '../confirm.ts'
import { checkHard, limitBytes, parseLimit, type Limit } from '../limit.ts'
import type { Action, Monitor, MonitorContext, ProcessSample } from '../monitor.ts'
import { COMMON_NAMES, commonParts, type CommonOptions } from './common.ts'

export interface PoolBudgetOptions extends CommonOptions {
  /** The sum of PSS of the primary and its workers: '6GB', or '80%' of the memory limit. */
  pss: Limit
  /** Beyond this, no strikes are waited for. @default no hard limit */
  hard?: Limit
  /** 'recycle' replaces the worker with the largest USS. @default 'recycle' */
  action?: Action
}

const NAMES = ['pss', 'hard', 'action', ...COMMON_NAMES]
/** The share of PSS by which RSS may have moved since a reading that still counts. */
const STILL_SHARE = 0.02

/**
 * A limit for the pool as a whole. As long as the sum of what each process can have at most is below it, nothing is read;
 * beyond that, readings up to half a minute old do of those whose RSS has hardly moved since.
 *
 * @throws {TypeError} on a bad option
 */
export function poolBudget(options: PoolBudgetOptions): Monitor {
  checkOptions(options, NAMES, 'poolBudget()')
  const { action = 'recycle' } = options
  const soft = parseLimit(options.pss, 'pss')
  const hard = options.hard === undefined ? undefined : parseLimit(options.hard, 'hard')
  if (hard !== undefined) checkHard(hard, soft, 'hard', 'pss')
  checkOneOf(action, 'action', ['recycle', 'refork', 'report'])
  return {
    ...commonParts(options, 'pool-pss'),
    wants(context) {
      if (upperBound(context) < limitBytes(soft, context.scope)) return []
      return members(context).filter(([, sample]) => !isKnown(sample)).sort(([, a], [, b]) => b.ageMs - a.ageMs || b.rss - a.rss)
        .map(([who]) => who)
    },
    check(context) {
      const limit = limitBytes(soft, context.scope)
      const samples = members(context).map(([, sample]) => sample)
      const known = samples.filter(isKnown)
      // What has been read is there, whatever the others have.
      const value = known.reduce((sum, { usage }) => sum + (usage?.pss ?? 0), 0)
      if (upperBound(context) < limit || value < limit) return []
      const hardLimit = hard === undefined ? Infinity : limitBytes(hard, context.scope)
      const oldestAgeMs = known.reduce((most, { ageMs }) => Math.max(most, ageMs), 0)
      const evidence = { processes: samples.length, read: known.length, oldestAgeMs, scopeUsed: context.scope.used }
      return [{
        reason: 'pool_budget', action, value, limit: value >= hardLimit ? hardLimit : limit, unit: 'bytes', measure: 'sum of PSS',
        ...(value >= hardLimit ? { hard: true } : {}), evidence,
      }]
    },
    unknown(context) {
      const isBelow = upperBound(context) < limitBytes(soft, context.scope)
      return isBelow || members(context).every(([, sample]) => isKnown(sample)) ? [] : ['pool']
    },
  }
}

function members({ workers, primary }: MonitorContext): [who: number | 'primary', sample: ProcessSample][] {
  const all = workers.map((sample): [number | 'primary', ProcessSample] => [sample.worker.id, sample])
  return primary === undefined ? all : [...all, ['primary', primary]]
}

/** PSS is never above RSS, and what RSS has gained since a reading is all that PSS can have gained by itself. */
function upperBound(context: MonitorContext): number {
  return members(context).reduce((sum, [, sample]) => sum + (isRecent(sample) ? estimate(sample, 'pss') : sample.rss), 0)
}

function isKnown(sample: ProcessSample): boolean {
  const { usage, fresh, rss, rssThen } = sample
  // What RSS has lost may well have been counted: a pool that has given memory back must not pay for a reading of before.
  return usage?.pss !== undefined && isRecent(sample) && (fresh || Math.abs(rss - rssThen) < usage.pss * STILL_SHARE)
}

function isRecent(sample: ProcessSample): boolean {
  return sample.fresh || sample.ageMs < VOUCH_MS
}
