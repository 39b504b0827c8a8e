import { VOUCH_MS } from './confirm.ts'
import type { MonitorContext, ProcessSample, WorkerSample } from './monitor.ts'

/** Ticks in which the USS of a replacement may wait for the time budget. */
export const USS_TICKS = 10

/** The memory of some slots, and of the pool, at one time. Bytes. */
export interface Measurement {
  /** USS by slot, of those that are known. */
  readonly uss: ReadonlyMap<number, number>
  /** Of the primary and its workers; undefined unless all are known. */
  readonly pss: number | undefined
  readonly used: number | undefined
  /** It is of a control group: what others on the machine take and give back is not in it. */
  readonly isOwnUse: boolean
}

/** What is known of these slots; readings up to `maxAgeMs` old count. */
export function measure(context: MonitorContext, slots: ReadonlySet<number>, maxAgeMs: number): Measurement {
  const { workers, scope } = context
  const uss = workers.flatMap((sample): [number, number][] => {
    const known = sample.usage?.uss
    return slots.has(sample.worker.slot) && known !== undefined && isRecent(sample, maxAgeMs) ? [[sample.worker.slot, known]] : []
  })
  const used = scope.used > 0 ? scope.used : undefined
  return { uss: new Map(uss), pss: sumOfPss(context, maxAgeMs), used, isOwnUse: scope.limitKind === 'cgroup' }
}

/** Its USS is known, and of after it had served for `settleMs`. */
export function isSettled({ usage, fresh, ageMs, servingMs }: WorkerSample, settleMs: number): boolean {
  return usage?.uss !== undefined && servingMs >= settleMs && (fresh || ageMs <= servingMs - settleMs)
}

/** Those whose reading is older. */
export function outdated({ workers, primary }: MonitorContext, maxAgeMs: number): (number | 'primary')[] {
  const ids: (number | 'primary')[] = workers.filter((sample) => !isRecent(sample, maxAgeMs)).map(({ worker }) => worker.id)
  return primary === undefined || isRecent(primary, maxAgeMs) ? ids : [...ids, 'primary']
}

/** Before an action, readings of the last half minute do. */
export const BEFORE_AGE_MS = VOUCH_MS
/** Before a refork of many workers the budget may not allow to read all: those that are this old do, the rest is not compared. */
export const BEFORE_REFORK_AGE_MS = VOUCH_MS * 10

function sumOfPss({ workers, primary }: MonitorContext, maxAgeMs: number): number | undefined {
  const samples: readonly ProcessSample[] = primary === undefined ? workers : [...workers, primary]
  let sum = 0
  for (const sample of samples) {
    const pss = sample.usage?.pss
    if (pss === undefined || !isRecent(sample, maxAgeMs)) return undefined
    sum += pss
  }
  return sum
}

function isRecent({ usage, ageMs, fresh }: ProcessSample, maxAgeMs: number): boolean {
  return usage !== undefined && (fresh || ageMs <= maxAgeMs)
}
