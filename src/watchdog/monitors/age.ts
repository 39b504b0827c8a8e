import { checkOptions, type Duration } from '../../options.ts'
import { durationMs, placeOf, positiveMs } from '../limit.ts'
import type { Monitor } from '../monitor.ts'
import { COMMON_NAMES, commonParts, type CommonOptions } from './common.ts'

export interface AgeOptions extends CommonOptions {
  /** How long a worker serves. */
  limit: Duration
  /** The slots' limits lie by up to this above the limit, so that workers do not go together. @default a tenth of the limit */
  splay?: Duration
}

/**
 * Replaces workers that have served long enough.
 *
 * @throws {TypeError} on a bad option
 */
export function age(options: AgeOptions): Monitor {
  checkOptions(options, ['limit', 'splay', ...COMMON_NAMES], 'age()')
  const limitMs = positiveMs(options.limit, 'limit')
  const { splay = limitMs / 10 } = options
  const splayMs = durationMs(splay, 'splay')
  return {
    ...commonParts(options, 'age', 1),
    check: ({ workers }) => workers.flatMap(({ worker, servingMs }) => {
      const limit = limitMs + splayMs * placeOf(worker.slot)
      if (servingMs < limit) return []
      return [{
        reason: 'age', worker: worker.id, action: 'recycle', value: servingMs, limit, unit: 'milliseconds', measure: 'age',
      }]
    }),
  }
}
