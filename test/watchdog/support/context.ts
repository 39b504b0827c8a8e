import type { PoolWorker, WorkerReport } from '../../../src/pool/index.ts'
import type { Monitor, MonitorContext, ProcessSample, Violation, WorkerSample } from '../../../src/watchdog/index.ts'
import { MB, scopeOf, usageOf } from './fakes.ts'

/** Of one worker, in MB and ms. */
export interface Sketch {
  id?: number
  slot?: number
  rss?: number
  /** undefined: not read. */
  uss?: number | undefined
  /** PSS beyond USS. */
  shared?: number
  ageMs?: number
  rssThen?: number
  fresh?: boolean
  warm?: boolean
  baseline?: number
  servingMs?: number
  report?: Partial<WorkerReport>
}

export function sampleOf(sketch: Sketch = {}): WorkerSample {
  const { id = 1, slot = id - 1, warm = true, servingMs = 1000 * 60, baseline, report } = sketch
  const heap = { usedHeapSize: 0, totalHeapSize: 0, heapSizeLimit: 0, externalMemory: 0, mallocedMemory: 0 }
  const worker: PoolWorker = {
    id, slot, pid: 1000 + id, state: 'serving', generation: 0, startedAt: 0, readyAt: 0,
    report: report === undefined ? undefined : { at: 0, requests: 0, heap, ...report },
  }
  return { ...processOf(sketch, worker.pid), worker, warm, servingMs, baselineUss: baseline === undefined ? undefined : baseline * MB }
}

export function processOf(sketch: Sketch, pid = 100): ProcessSample {
  const { uss, shared = 0, rss = (uss ?? 0) + shared, fresh = false } = sketch
  if (uss === undefined) return { pid, rss: rss * MB, usage: undefined, ageMs: Infinity, costMs: 0, rssThen: 0, fresh: false }
  const { ageMs = fresh ? 0 : 1000, rssThen = rss } = sketch
  return { pid, rss: rss * MB, usage: usageOf({ uss: uss * MB, shared: shared * MB }, 1), ageMs, costMs: 1, rssThen: rssThen * MB, fresh }
}

export function contextOf(workers: readonly Sketch[], more: Partial<MonitorContext> = {}): MonitorContext {
  return { now: 1000 * 60, workers: workers.map(sampleOf), primary: undefined, scope: scopeOf(), pressure: [], ...more }
}

/** What a monitor makes of one tick. */
export interface Judgement {
  readonly wants: readonly (number | 'primary')[]
  readonly violations: readonly Violation[]
  readonly unknown: readonly (number | 'pool')[]
}

export function judge(monitor: Monitor, context: MonitorContext): Judgement {
  const wants = [...monitor.wants?.(context) ?? []]
  const violations = [...monitor.check(context)]
  return { wants, violations, unknown: [...monitor.unknown?.(context) ?? []] }
}
