import { checkOneOf, checkOptions, type Size } from '../../options.ts'
import { needsReading, standing } from '../confirm.ts'
import { checkNumber, positiveBytes } from '../limit.ts'
import type { Monitor, MonitorContext, WorkerSample } from '../monitor.ts'
import { COMMON_NAMES, commonParts, type CommonOptions } from './common.ts'

export interface GrowthOptions extends CommonOptions {
  /** How many times what it is compared with a worker's USS may be; above 1. @default 3 */
  factor?: number
  /** 'baseline': the worker's own first USS after its warm-up. 'primary': the primary's USS. @default 'baseline' */
  over?: 'baseline' | 'primary'
  /** Growth of fewer bytes does not count: three times a little is a little. @default '64MB' */
  atLeast?: Size
}

const NAMES = ['factor', 'over', 'atLeast', ...COMMON_NAMES]
/** The primary's USS hardly moves. */
const PRIMARY_AGE_MS = 1000 * 60 * 10

/**
 * A worker whose USS has grown to a multiple of what it was. Costs one rollup for each worker after its warm-up, and then one
 * only to confirm what RSS puts in question.
 *
 * @throws {TypeError} on a bad option
 */
export function growth(options: GrowthOptions = {}): Monitor {
  checkOptions(options, NAMES, 'growth()')
  const { factor: givenFactor = 3, over = 'baseline', atLeast: givenAtLeast = '64MB' } = options
  const factor = checkNumber(givenFactor, 'factor', 1, 1000)
  if (factor === 1) throw new TypeError('"factor" must be above 1')
  checkOneOf(over, 'over', ['baseline', 'primary'])
  const atLeast = positiveBytes(givenAtLeast, 'atLeast')

  const reference = ({ baselineUss }: WorkerSample, { primary }: Pick<MonitorContext, 'primary'>): number | undefined =>
    over === 'baseline' ? baselineUss : primary?.usage?.uss
  const limitOf = (base: number): number => Math.max(base * factor, base + atLeast)
  return {
    ...commonParts(options, 'growth'),
    needsPrimary: over === 'primary',
    * wants(context) {
      const { primary, workers } = context
      if (over === 'primary' && primary !== undefined && primary.ageMs >= PRIMARY_AGE_MS) yield 'primary'
      for (const sample of workers) {
        if (!sample.warm) continue
        const base = reference(sample, context)
        const wanted = base === undefined ? over === 'baseline' : needsReading(sample, 'uss', limitOf(base))
        if (wanted) yield sample.worker.id
      }
    },
    * check(context) {
      for (const sample of context.workers) {
        const base = reference(sample, context)
        const uss = sample.usage?.uss
        if (!sample.warm || base === undefined || uss === undefined) continue
        if (standing(sample, 'uss', limitOf(base)) !== 'above') continue
        yield {
          reason: 'growth', worker: sample.worker.id, action: 'recycle', value: uss, limit: limitOf(base), unit: 'bytes',
          measure: 'USS', evidence: { over, baseUss: base, factor: base === 0 ? Infinity : uss / base },
        }
      }
    },
    * unknown(context) {
      for (const sample of context.workers) {
        const base = reference(sample, context)
        if (sample.warm && (base === undefined || standing(sample, 'uss', limitOf(base)) === 'unknown')) yield sample.worker.id
      }
    },
  }
}
