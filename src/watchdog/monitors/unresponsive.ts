import { checkOptions, show, type Duration } from '../../options.ts'
import { positiveMs } from '../limit.ts'
import type { Monitor } from '../monitor.ts'
import { formatDuration } from '../text.ts'
import { COMMON_NAMES, commonParts, type CommonOptions } from './common.ts'

export interface UnresponsiveOptions extends CommonOptions {
  /** How long a worker may be silent; '5s' at least, as reports come every 2 s. */
  after: Duration
}

const MIN_MS = 1000 * 5

/**
 * Replaces workers that have reported and do so no more: their event loop stands still. Those that never reported are not
 * judged. Two strikes by default: after the primary itself has stood still, one tick lets the reports come in.
 *
 * @throws {TypeError} on a bad option
 */
export function unresponsive(options: UnresponsiveOptions): Monitor {
  checkOptions(options, ['after', ...COMMON_NAMES], 'unresponsive()')
  const limit = positiveMs(options.after, 'after')
  if (limit < MIN_MS) throw new TypeError(`"after" must be at least '5s', as workers report every 2 s, got ${show(options.after)}`)
  return {
    ...commonParts(options, 'unresponsive', 2),
    check: ({ now, workers }) => workers.flatMap(({ worker }) => {
      const value = worker.report === undefined ? 0 : now - worker.report.at
      if (value < limit) return []
      return [{
        reason: 'unresponsive', worker: worker.id, action: 'recycle', value, limit, unit: 'milliseconds', measure: 'silence',
        detail: `has reported nothing for ${formatDuration(value)}, with a limit of ${formatDuration(limit)}`,
      }]
    }),
  }
}
