import { checkOptions } from '../../options.ts'
import { needsReading, standing, type Measure } from '../confirm.ts'
import { checkHard, checkNumber, limitBytes, parseLimit, placeOf, type Limit, type ParsedLimit } from '../limit.ts'
import type { Monitor, MonitorContext, Violation, WorkerSample } from '../monitor.ts'
import { COMMON_NAMES, commonParts, type CommonOptions } from './common.ts'

export interface WorkerLimitOptions extends CommonOptions {
  /** What is the worker's alone, and would be free without it: '600MB', or '40%' of the memory limit. One of uss, pss and rss. */
  uss?: Limit
  /** What is the worker's alone, and its share of the rest. */
  pss?: Limit
  /** All that is resident, shared or not: costs next to nothing, and counts shared memory for each worker again. */
  rss?: Limit
  /** Beyond this, one confirming read is enough, in the warm-up too; of the same measure. @default no hard limit */
  hard?: Limit
  /** The slots' limits lie by up to this share below the limit, so that workers do not go together. 0 to 0.5. @default 0.05 */
  spread?: number
}

const MEASURES = ['uss', 'pss', 'rss'] as const
const NAMES = [...MEASURES, 'hard', 'spread', ...COMMON_NAMES]

/**
 * A limit for each worker. statm decides for all that are below it by RSS; a rollup is read to confirm the others, and none for
 * `rss`.
 *
 * @throws {TypeError} on a bad option
 */
export function workerLimit(options: WorkerLimitOptions): Monitor {
  checkOptions(options, NAMES, 'workerLimit()')
  const { spread = 0.05 } = options
  const given = MEASURES.filter((name) => options[name] !== undefined)
  const [measure] = given
  if (measure === undefined || given.length > 1) {
    const names = given.length === 0 ? 'none' : given.join(' and ')
    throw new TypeError(`workerLimit() takes one of "uss", "pss" and "rss", got ${names}`)
  }
  const soft = parseLimit(options[measure], measure)
  const hard = options.hard === undefined ? undefined : parseLimit(options.hard, 'hard')
  if (hard !== undefined) checkHard(hard, soft, 'hard', measure)
  const limits = { soft, hard, spread: checkNumber(spread, 'spread', 0, 0.5) }
  const parts = commonParts(options, `worker-${measure}`)
  return measure === 'rss' ? { ...parts, ...rssMonitor(limits) } : { ...parts, ...rollupMonitor(limits, measure) }
}

interface Limits {
  readonly soft: ParsedLimit
  readonly hard: ParsedLimit | undefined
  readonly spread: number
}

type Checks = Omit<Monitor, 'name' | 'strikes'>

function rssMonitor(limits: Limits): Checks {
  return {
    check: (context) => context.workers.flatMap((sample) => {
      const limit = limitFor(limits, sample, context)
      return sample.rss < limit ? [] : [violation(limits, sample, context, 'rss', sample.rss)]
    }),
  }
}

function rollupMonitor(limits: Limits, measure: Measure): Checks {
  return {
    wants: ({ workers, ...context }) => workers
      .filter((sample) => needsReading(sample, measure, limitFor(limits, sample, context)))
      .sort((a, b) => b.ageMs - a.ageMs || b.rss - a.rss)
      .map(({ worker }) => worker.id),
    check: (context) => context.workers.flatMap((sample) => {
      const value = sample.usage?.[measure]
      if (value === undefined || standing(sample, measure, limitFor(limits, sample, context)) !== 'above') return []
      return [violation(limits, sample, context, measure, value)]
    }),
    unknown: (context) => context.workers
      .filter((sample) => standing(sample, measure, limitFor(limits, sample, context)) === 'unknown')
      .map(({ worker }) => worker.id),
  }
}

/** What the worker is held to now, bytes: in the warm-up only the hard limit. */
function limitFor(limits: Limits, { warm, worker }: WorkerSample, { scope }: Pick<MonitorContext, 'scope'>): number {
  if (warm) return softLimit(limits, worker.slot, scope)
  return limits.hard === undefined ? Infinity : limitBytes(limits.hard, scope)
}

function softLimit({ soft, hard, spread }: Limits, slot: number, scope: MonitorContext['scope']): number {
  const spreadOut = limitBytes(soft, scope) * (1 - spread * placeOf(slot))
  // Of a share and a size, either may turn out to be the lower one.
  return hard === undefined ? spreadOut : Math.min(spreadOut, limitBytes(hard, scope))
}

function violation(
  limits: Limits, { worker, rss, servingMs }: WorkerSample, { scope }: MonitorContext, measure: keyof typeof LABELS, value: number,
): Violation {
  const hard = limits.hard === undefined ? Infinity : limitBytes(limits.hard, scope)
  const limit = value >= hard ? hard : softLimit(limits, worker.slot, scope)
  return {
    reason: 'worker_limit', worker: worker.id, action: 'recycle', value, limit, unit: 'bytes', measure: LABELS[measure],
    ...(value >= hard ? { hard: true } : {}), evidence: { rss, servingMs: Math.round(servingMs) },
  }
}

const LABELS = { uss: 'USS', pss: 'PSS', rss: 'RSS' } satisfies Record<string, string>

