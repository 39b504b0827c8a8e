import { checkInteger, checkOptions } from '../../options.ts'
import { checkNumber, placeOf } from '../limit.ts'
import type { Monitor } from '../monitor.ts'
import { COMMON_NAMES, commonParts, type CommonOptions } from './common.ts'

export interface RequestsOptions extends CommonOptions {
  /** How many requests a worker serves. */
  limit: number
  /** The slots' limits lie by up to this share below the limit. 0 to 0.5. @default 0.05 */
  spread?: number
}

/**
 * Replaces workers that have served so many requests, by what they report; those that report nothing are not judged.
 *
 * @throws {TypeError} on a bad option
 */
export function requests(options: RequestsOptions): Monitor {
  checkOptions(options, ['limit', 'spread', ...COMMON_NAMES], 'requests()')
  const { limit: most, spread: givenSpread = 0.05 } = options
  checkInteger(most, 'limit', 1, Number.MAX_SAFE_INTEGER)
  const spread = checkNumber(givenSpread, 'spread', 0, 0.5)
  return {
    ...commonParts(options, 'requests', 1),
    check: ({ workers }) => workers.flatMap(({ worker }) => {
      const limit = Math.ceil(most * (1 - spread * placeOf(worker.slot)))
      const value = worker.report?.requests ?? 0
      if (value < limit) return []
      return [{ reason: 'requests', worker: worker.id, action: 'recycle', value, limit, unit: 'count', measure: 'requests' }]
    }),
  }
}
