import type { ProcessSample } from './monitor.ts'

/**
 * How long a reading vouches for a process whose RSS stands still: private memory grows all the same when shared pages are written
 * to, or when those who shared them leave.
 */
export const VOUCH_MS = 1000 * 30

export type Measure = 'uss' | 'pss'

/** Whether a process is below a limit, so far as it is known in this tick. */
export type Standing = 'below' | 'above' | 'unknown'

/** What the figure comes to at most: by its last reading, if all that RSS has gained since is its own; never above RSS. Bytes. */
export function estimate(sample: ProcessSample, measure: Measure): number {
  const known = sample.usage?.[measure]
  return known === undefined ? sample.rss : Math.min(sample.rss, known + Math.max(0, sample.rss - sample.rssThen))
}

/**
 * Whether a rollup must be read to tell on which side of the limit the process is. Not below it by RSS, and not as long as the last
 * reading leaves more room than RSS has gained since.
 */
export function needsReading(sample: ProcessSample, measure: Measure, limit: number): boolean {
  if (sample.rss < limit || sample.fresh) return false
  return sample.usage === undefined || sample.ageMs >= VOUCH_MS || estimate(sample, measure) >= limit
}

export function standing(sample: ProcessSample, measure: Measure, limit: number): Standing {
  if (needsReading(sample, measure, limit)) return 'unknown'
  if (sample.rss < limit) return 'below'
  const known = sample.usage?.[measure]
  if (known === undefined) return 'unknown'
  return known >= limit ? 'above' : 'below'
}
