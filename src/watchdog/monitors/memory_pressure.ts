import { checkOneOf, checkOptions, show } from '../../options.ts'
import type { PressureEvent } from '../../system/index.ts'
import { checkNumber } from '../limit.ts'
import type { Action, Monitor } from '../monitor.ts'
import { formatPercent } from '../text.ts'
import { COMMON_NAMES, commonParts, type CommonOptions } from './common.ts'

export interface MemoryPressureOptions extends CommonOptions {
  /** The kinds of events that count. @default all */
  events?: readonly PressureEvent['kind'][]
  /** 'recycle' replaces the worker with the largest USS. @default 'recycle' */
  action?: Action
  /**
   * When all processes of the pool together hold less of the used memory than this share, by RSS, it is not them who press:
   * then it is only reported. 0 to 1. @default 0.1
   */
  minShare?: number
}

const NAMES = ['events', 'action', 'minShare', ...COMMON_NAMES]
const KINDS = ['psi', 'service', 'high', 'max', 'oom', 'threshold', 'level'] as const

/** A threshold is crossed once. From then on it is pressure as long as so much is used without page cache. */
const THRESHOLD_SHARE = 0.9

/**
 * What the kernel tells of pressure. Ticks with an event, in a row, are the strikes, 2 by default; an OOM and the level
 * "critical" count at once. The level "low" is no violation.
 *
 * @throws {TypeError} on a bad option
 */
export function memoryPressure(options: MemoryPressureOptions = {}): Monitor {
  checkOptions(options, NAMES, 'memoryPressure()')
  const { events = KINDS, action = 'recycle', minShare: givenMinShare = 0.1 } = options
  if (!Array.isArray(events) || events.length === 0) {
    throw new TypeError(`"events" must be an array of kinds that is not empty, got ${Array.isArray(events) ? '[]' : show(events)}`)
  }
  for (const kind of events as unknown[]) checkOneOf(kind, 'events', KINDS)
  checkOneOf(action, 'action', ['recycle', 'refork', 'report'])
  const minShare = checkNumber(givenMinShare, 'minShare', 0, 1)
  let crossed: PressureEvent | undefined
  return {
    ...commonParts(options, 'memory-pressure', 2),
    usesPressure: true,
    check({ pressure, workers, primary, scope }) {
      crossed = pressure.find(({ kind }) => kind === 'threshold') ?? crossed
      if (scope.used < scope.limit * THRESHOLD_SHARE) crossed = undefined
      const told = [...pressure.filter(({ kind }) => kind !== 'threshold'), ...crossed === undefined ? [] : [crossed]]
      const counting = told.filter(({ kind, level }) => events.includes(kind) && level !== 'low')
      const worst = counting.find(isUrgent) ?? counting[0]
      if (worst === undefined) return []
      const rss = workers.reduce((sum, sample) => sum + sample.rss, primary?.rss ?? 0)
      const share = rss / Math.max(1, scope.used)
      const isOurs = share >= minShare
      const others = isOurs ? '' : `, but the pool has no more than ${formatPercent(share)} of the used memory`
      return [{
        reason: 'memory_pressure', action: isOurs ? action : 'report', value: counting.length, limit: 1, unit: 'count',
        measure: 'events of memory pressure', detail: `memory pressure: ${worst.detail}${others}`,
        ...(isUrgent(worst) ? { hard: true } : {}),
        evidence: { kind: worst.kind, path: worst.path, rss, scopeUsed: scope.used, scopeLimit: scope.limit },
      }]
    },
  }
}

function isUrgent({ kind, level }: PressureEvent): boolean {
  return kind === 'oom' || level === 'critical'
}
