import type { WorkerPool } from '../pool/index.ts'
import { estimate } from './confirm.ts'
import type { Effect } from './decision.ts'
import type { Monitor, MonitorContext, Violation, WorkerSample } from './monitor.ts'
import type { ReforkSettings } from './refork_options.ts'
import { formatDuration, formatPercent } from './text.ts'

/** What a refork is taken to give back before one was measured. */
const PRIOR_SHARE = 0.5
/** What a cool-down of 0 becomes after a refork in vain. */
const MIN_COOLDOWN_MS = 1000
const MAX_COOLDOWN_MS = 1000 * 60 * 60 * 24
/** How old the readings may be that say that a refork pays: private memory gathers slowly. */
const PAYS_AGE_MS = 1000 * 60 * 2
/** A gain of RSS that makes a reading out of date. */
const MOVED = 1024 ** 2 * 16

/**
 * When a refork is due: by requests, by age, and when it pays. Each is a monitor of its own; they share a cool-down, and what
 * was learnt of the reforks before.
 */
export class ReforkTrigger {
  readonly monitors: readonly Monitor[]
  readonly #pool: WorkerPool
  readonly #settings: ReforkSettings
  readonly #random: () => number
  #share = PRIOR_SHARE
  #cooldownMs: number
  #coolUntil = -Infinity
  #splayShare: number
  #gained = 0

  constructor(pool: WorkerPool, settings: ReforkSettings, random: () => number) {
    this.#pool = pool
    this.#settings = settings
    this.#random = random
    this.#cooldownMs = settings.cooldownMs
    this.#splayShare = random()
    const { requests, ageMs, paysAtLeast } = settings
    this.monitors = [
      ...(requests.length === 0 ? [] : [this.#requestsMonitor(requests)]),
      ...(ageMs === undefined ? [] : [this.#ageMonitor(ageMs)]),
      ...(paysAtLeast === undefined ? [] : [this.#paysMonitor(paysAtLeast)]),
    ]
  }

  /** A refork for any reason begins: what the workers have gained by now is what it can give back. */
  began(context: MonitorContext): void {
    this.#gained = gainOf(context.workers)
  }

  ended(now: number): void {
    this.#coolUntil = now + this.#cooldownMs
    this.#splayShare = this.#random()
  }

  /** Learns from a refork, and returns a clause that says what follows. */
  measured({ freed, effective }: Omit<Effect, 'summary'>, now: number): string {
    if (freed === undefined) return ''
    if (this.#gained > 0) this.#share = Math.min(1, Math.max(0, freed / this.#gained))
    if (effective) {
      this.#cooldownMs = this.#settings.cooldownMs
      return ''
    }
    const most = Math.max(MAX_COOLDOWN_MS, this.#settings.cooldownMs)
    this.#cooldownMs = this.#cooldownMs === 0 ? MIN_COOLDOWN_MS : Math.min(most, this.#cooldownMs * 2)
    this.#coolUntil = Math.max(this.#coolUntil, now + this.#cooldownMs)
    return `the next one that is not called for comes in ${formatDuration(this.#cooldownMs)} at the earliest`
  }

  #requestsMonitor(schedule: readonly number[]): Monitor {
    return {
      name: 'refork-requests',
      strikes: 1,
      check: ({ now, workers }) => {
        const limit = schedule[Math.min(this.#pool.generation, schedule.length - 1)] ?? Infinity
        // Those of an earlier generation are left of a roll that failed, and due as well.
        const value = workers.reduce((most, { worker }) => Math.max(most, worker.report?.requests ?? 0), 0)
        if (now < this.#coolUntil || value < limit) return []
        return [{
          reason: 'refork_requests', action: 'refork', value, limit, unit: 'count', measure: 'the most requests of a worker',
          evidence: { generation: this.#pool.generation },
        }]
      },
    }
  }

  #ageMonitor(ageMs: number): Monitor {
    return {
      name: 'refork-age',
      strikes: 1,
      check: ({ now, workers }) => {
        const limit = ageMs + this.#settings.splayMs * this.#splayShare
        const value = workers.reduce((most, { servingMs }) => Math.max(most, servingMs), 0)
        if (now < this.#coolUntil || value < limit) return []
        return [{
          reason: 'refork_age', action: 'refork', value, limit, unit: 'milliseconds', measure: 'the age of the oldest worker',
        }]
      },
    }
  }

  /** statm first: while not even all that RSS has gained would pay, only the baselines are read. */
  #paysMonitor(atLeast: number): Monitor {
    const mayPay = ({ workers }: MonitorContext): boolean =>
      workers.reduce((sum, sample) => sum + mostGained(sample), 0) * this.#share >= atLeast
    const isOpen = (sample: WorkerSample): boolean => sample.warm && !isSettled(sample)
    return {
      name: 'refork-pays',
      wants: (context) => {
        const isAsked = context.now >= this.#coolUntil && mayPay(context)
        const wanted = context.workers.filter((sample) => {
          return sample.baselineUss === undefined ? sample.warm : isAsked && isOpen(sample)
        })
        return wanted.sort((a, b) => b.ageMs - a.ageMs || mostGained(b) - mostGained(a)).map(({ worker }) => worker.id)
      },
      check: (context): Violation[] => {
        const gained = gainOf(context.workers.filter(isSettled))
        const value = gained * this.#share
        if (context.now < this.#coolUntil || value < atLeast) return []
        return [{
          reason: 'refork_pays', action: 'refork', value, limit: atLeast, unit: 'bytes',
          measure: `what a refork is worth (${formatPercent(this.#share)} of what the workers have gained)`,
          evidence: { gained, share: this.#share },
        }]
      },
      unknown: (context) => mayPay(context) && context.workers.some(isOpen) ? ['pool'] : [],
    }
  }
}

function gainOf(workers: readonly WorkerSample[]): number {
  return workers.reduce((sum, { usage, baselineUss }) => {
    return usage?.uss === undefined || baselineUss === undefined ? sum : sum + Math.max(0, usage.uss - baselineUss)
  }, 0)
}

function mostGained(sample: WorkerSample): number {
  return sample.baselineUss === undefined ? 0 : Math.max(0, estimate(sample, 'uss') - sample.baselineUss)
}

function isSettled(sample: WorkerSample): boolean {
  const { fresh, usage, ageMs, rss, rssThen } = sample
  return fresh || (usage !== undefined && ageMs < PAYS_AGE_MS && rss - rssThen < MOVED)
}
