import { show } from '../options.ts'
import type { Action, Monitor, MonitorContext, Reason, Violation } from './monitor.ts'
import { settlePromise } from './promises.ts'
import { Strikes, type Who } from './strikes.ts'

/** A violation that counts: strikes enough, or beyond a hard limit. */
export interface Finding {
  readonly monitor: string
  readonly violation: Violation
  readonly strikes: number
  readonly strikesNeeded: number
}

export interface MonitorFailure {
  readonly monitor: string
  readonly error: unknown
  /** In a row. */
  readonly failures: number
  /** It is left out from now on. */
  readonly disabled: boolean
}

const MAX_FAILURES = 3

/** The monitors of one watchdog. One that throws spoils nothing for the others. */
export class MonitorPanel {
  readonly #monitors: readonly Monitor[]
  readonly #defaultStrikes: number
  readonly #onFailure: (failure: MonitorFailure) => void
  readonly #strikes = new Strikes()
  readonly #failures = new Map<Monitor, number>()
  readonly #failedNow = new Set<Monitor>()

  constructor(monitors: readonly Monitor[], defaultStrikes: number, onFailure: (failure: MonitorFailure) => void) {
    this.#monitors = monitors
    this.#defaultStrikes = defaultStrikes
    this.#onFailure = onFailure
  }

  /** Whose rollups the monitors want in this tick: of each monitor the first, then of each the second, so that none starves. */
  wants(context: MonitorContext): (number | 'primary')[] {
    this.#failedNow.clear()
    const lists = this.#active().map((monitor) => this.#safely(monitor, () => listed(monitor.wants?.(context), 'wants')) ?? [])
    const longest = lists.reduce((length, list) => Math.max(length, list.length), 0)
    const turns = Array.from({ length: longest }, (_, nth) => lists.flatMap((list) => list.slice(nth, nth + 1)))
    return [...new Set(turns.flat())]
  }

  /** What the monitors find in this tick, in their order. To be called after `wants`. */
  judge(context: MonitorContext): Finding[] {
    return this.#active().filter((monitor) => !this.#failedNow.has(monitor))
      .flatMap((monitor) => {
        const findings = this.#safely(monitor, () => this.#judgeBy(monitor, context))
        if (findings !== undefined) this.#failures.delete(monitor)
        return findings ?? []
      })
  }

  close(): void {
    for (const monitor of this.#monitors) {
      this.#safely(monitor, () => settlePromise(monitor.close?.(), (error) => this.#failed(monitor, error)))
    }
  }

  #judgeBy(monitor: Monitor, context: MonitorContext): Finding[] {
    const violations = listed(monitor.check(context), 'check').map(toViolation)
    const known = new Set<Who>(context.workers.map(({ worker }) => worker.id))
    // A worker that has gone since the monitor last looked needs no action.
    const present = violations.filter(({ worker }) => worker === undefined || known.has(worker))
    const unknown = new Set<Who>(listed(monitor.unknown?.(context), 'unknown'))
    const counts = this.#strikes.judge(monitor.name, new Set(present.map(({ worker }) => worker ?? 'pool')), unknown)
    const strikesNeeded = monitor.strikes ?? this.#defaultStrikes
    return present
      .map((violation) => {
        const strikes = counts.get(violation.worker ?? 'pool') ?? 0
        return { monitor: monitor.name, violation, strikes, strikesNeeded }
      })
      .filter(({ violation, strikes }) => violation.hard === true || strikes >= strikesNeeded)
  }

  #active(): readonly Monitor[] {
    return this.#monitors.filter((monitor) => (this.#failures.get(monitor) ?? 0) < MAX_FAILURES)
  }

  #safely<T>(monitor: Monitor, call: () => T): T | undefined {
    try {
      return call()
    } catch (error) {
      this.#failed(monitor, error)
      return undefined
    }
  }

  #failed(monitor: Monitor, error: unknown): void {
    const failures = (this.#failures.get(monitor) ?? 0) + 1
    this.#failures.set(monitor, failures)
    this.#failedNow.add(monitor)
    this.#onFailure({ monitor: monitor.name, error, failures, disabled: failures >= MAX_FAILURES })
  }
}

/** What a monitor's function has returned. Of a promise nobody would wait, and its failure would end the process. */
function listed<T>(returned: Iterable<T> | undefined, from: string): T[] {
  if (!settlePromise(returned, () => undefined)) return [...returned ?? []]
  throw new TypeError(`"${from}" returned a promise: a monitor judges at once, by what it was told before`)
}

const ACTIONS: readonly Action[] = ['recycle', 'refork', 'report']
const UNITS: readonly Violation['unit'][] = ['bytes', 'milliseconds', 'count', 'ratio']
const REASONS: ReadonlySet<Reason> = new Set<Reason>([
  'worker_limit', 'growth', 'pool_budget', 'heap_fragmentation', 'memory_pressure', 'age', 'requests', 'unresponsive',
  'refork_requests', 'refork_age', 'refork_signal', 'refork_call', 'refork_pays', 'custom',
])

/** Monitors of users' own may be written without types: a copy that was checked. */
function toViolation(violation: Violation): Violation {
  const copy = { ...violation, hard: violation.hard === true, evidence: { ...violation.evidence } }
  const { reason, worker, action, value, limit, unit, measure, detail } = copy
  if (!REASONS.has(reason)) {
    throw new TypeError(`a violation's "reason" must be one of the known, such as 'custom', got ${show(reason)}`)
  }
  if (!ACTIONS.includes(action)) throw new TypeError(`a violation's "action" must be ${ACTIONS.join(' or ')}, got ${show(action)}`)
  if (!UNITS.includes(unit)) throw new TypeError(`a violation's "unit" must be ${UNITS.join(' or ')}, got ${show(unit)}`)
  if (detail !== undefined && typeof detail !== 'string') {
    throw new TypeError(`a violation's "detail" must be a text, got ${show(detail)}`)
  }
  if (typeof measure !== 'string') throw new TypeError(`a violation's "measure" must be a text, got ${show(measure)}`)
  if (worker !== undefined && typeof worker !== 'number') {
    throw new TypeError(`a violation's "worker" must be an id, got ${show(worker)}`)
  }
  for (const figure of [value, limit]) {
    if (typeof figure !== 'number' || Number.isNaN(figure)) {
      throw new TypeError(`a violation's value and limit must be numbers, got ${show(figure)}`)
    }
  }
  return copy
}
