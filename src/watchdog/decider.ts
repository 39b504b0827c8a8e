import type { WorkerPool } from '../pool/index.ts'
import type { Decision, Verdict } from './decision.ts'
import type { MonitorContext, Violation, WorkerSample } from './monitor.ts'
import type { Finding } from './monitor_panel.ts'
import { isByMemory } from './purpose.ts'
import { Quiet } from './quiet.ts'
import type { Hold, Restraint } from './restraint.ts'
import { decisionSentence } from './sentences.ts'

/** Something to be done now. */
export interface Resolution {
  readonly decision: Decision
  /** Who is replaced; undefined for all. */
  readonly worker: WorkerSample | undefined
  /** What is known before it is done. */
  readonly context: MonitorContext
}

export interface DeciderParts {
  readonly pool: WorkerPool
  readonly restraint: Restraint
  readonly dryRun: boolean
  readonly forgetMs: number
  readonly clock: () => number
  /** When the last readings came in. */
  readonly readAt: () => number
  readonly isPoolBusy: () => boolean
  /** Whether the last action for memory, on this slot or with undefined on the whole pool, still is to be measured. */
  readonly isUnmeasured: (slot: number | undefined, now: number) => boolean
  readonly tell: (decision: Decision) => void
}

/** Whom a finding is about, and what stands against acting on it. */
interface Case {
  readonly finding: Finding
  readonly worker: WorkerSample | undefined
  /** The worker stands for the pool. */
  readonly chosen: boolean
}

/** From what monitors find to what is done: one action at most in a tick, the rest is told when it is news. */
export class Decider {
  readonly #parts: DeciderParts
  readonly #quiet: Quiet
  #number = 0

  constructor(parts: DeciderParts) {
    this.#parts = parts
    this.#quiet = new Quiet(parts.forgetMs)
  }

  /**
   * `refresh` has the pool read: to choose a victim, and to compare with what is there afterwards. It is called only when something
   * is to be done, and before that is told: what is told to be done must not have to wait.
   */
  async decide(
    findings: readonly Finding[], context: MonitorContext, refresh: () => Promise<MonitorContext>,
  ): Promise<Resolution | undefined> {
    this.#quiet.forget(context.now)
    let resolution: Resolution | undefined
    for (const finding of byUrgency(findings)) {
      const found = this.#consider(finding, resolution !== undefined, context)
      if (found === 'done') continue
      const needsVictim = finding.violation.worker === undefined && finding.violation.action === 'recycle'
      const fresh = needsVictim || !this.#parts.dryRun ? await refresh() : context
      const subject = needsVictim ? this.#victim(finding, fresh) : this.#named(finding, context)
      if (subject === undefined) continue
      resolution = this.#resolve(subject, fresh) ?? resolution
    }
    return resolution
  }

  /** What somebody has called for: no restraint but the rehearsal. */
  order(finding: Finding, context: MonitorContext): Resolution | undefined {
    return this.#resolve({ finding, worker: undefined, chosen: false }, context, true)
  }

  /** Tells what is not done now; 'act' when something is. */
  #consider(finding: Finding, isTaken: boolean, context: MonitorContext): 'done' | 'act' {
    const subject = this.#named(finding, context)
    const { action } = finding.violation
    const now = context.now
    if (action === 'report' || (action === 'refork' && !this.#parts.pool.replaces)) {
      return this.#tell(subject, 'reported', undefined, context)
    }
    if (this.#parts.dryRun && this.#quiet.hasSaid(keyOf(finding), 'dry_run', now)) return 'done'
    const isVictimOpen = action === 'recycle' && finding.violation.worker === undefined
    const slot = subject.worker?.worker.slot
    const held = (isVictimOpen ? this.#everySlot(finding, context) : this.#holdOfSlot(slot, finding.violation, now))
      ?? (isTaken || this.#parts.isPoolBusy() ? BUSY : undefined) ?? this.#parts.restraint.holdOfPool(now)
    return held === undefined ? 'act' : this.#tell(subject, held.verdict, held, context)
  }

  #resolve(subject: Case, context: MonitorContext, isOrdered = false): Resolution | undefined {
    const { finding, worker } = subject
    const { dryRun, restraint, tell } = this.#parts
    const verdict = dryRun ? 'dry_run' : 'acting'
    const isNews = this.#quiet.isNews(keyOf(finding), verdict, context.now)
    const decision = this.#decision(subject, verdict, undefined, context)
    if (isNews || isOrdered) tell(decision)
    if (!dryRun) return { decision, worker, context }
    restraint.rehearse(worker?.worker.slot, context.now)
    return undefined
  }

  #tell(subject: Case, verdict: Verdict, hold: Hold | undefined, context: MonitorContext): 'done' {
    const isNews = this.#quiet.isNews(keyOf(subject.finding), verdict, context.now)
    if (isNews) this.#parts.tell(this.#decision(subject, verdict, hold, context))
    return 'done'
  }

  #named(finding: Finding, { workers }: MonitorContext): Case {
    const worker = workers.find((sample) => sample.worker.id === finding.violation.worker)
    return { finding, worker, chosen: false }
  }

  /** The worker whose end frees most, of those that may go. */
  #victim(finding: Finding, context: MonitorContext): Case | undefined {
    const isHeld = (slot: number): boolean => this.#holdOfSlot(slot, finding.violation, context.now) !== undefined
    const free = context.workers.filter(({ warm, worker }) => warm && !isHeld(worker.slot))
    const read = free.filter(({ usage }) => usage?.uss !== undefined)
    const worker = read.length > 0 ? largest(read, ({ usage }) => usage?.uss ?? 0) : largest(free, ({ rss }) => rss)
    return worker === undefined ? undefined : { finding, worker, chosen: true }
  }

  /** What holds of all that could go for the pool; undefined when at least one may. */
  #everySlot({ violation }: Finding, { workers, now }: MonitorContext): Hold | undefined {
    const warm = workers.filter((sample) => sample.warm)
    if (warm.length === 0) return { verdict: 'cooling_down', why: 'no worker is warm yet' }
    const holds = warm.map(({ worker }) => this.#holdOfSlot(worker.slot, violation, now))
    if (holds.includes(undefined)) return undefined
    return holds.find((hold) => hold?.verdict === 'cooling_down') ?? {
      verdict: 'ineffective', why: 'all slots are left alone, as the last actions on them freed too little',
    }
  }

  /** Before it is known what the last action brought, none is repeated: a limit that cannot be met would cost several. */
  #holdOfSlot(slot: number | undefined, violation: Violation, now: number): Hold | undefined {
    const { restraint, isUnmeasured } = this.#parts
    return restraint.holdOfSlot(slot, violation.reason, now)
      ?? (isByMemory(violation) && isUnmeasured(slot, now) ? UNMEASURED : undefined)
  }

  #decision({ finding, worker, chosen }: Case, verdict: Verdict, hold: Hold | undefined, { now }: MonitorContext): Decision {
    const { violation, monitor, strikes, strikesNeeded } = finding
    const { pool, clock, readAt } = this.#parts
    const fields = {
      number: ++this.#number, time: Date.now(), monitor, reason: violation.reason, action: violation.action, verdict,
      worker: worker === undefined ? null : { id: worker.worker.id, slot: worker.worker.slot, pid: worker.worker.pid },
      value: violation.value, limit: violation.limit, unit: violation.unit, measure: violation.measure,
      hard: violation.hard ?? false,
      strikes, strikesNeeded, sample: sampleOf(worker, worker?.fresh === true ? clock() - readAt() : clock() - now),
      evidence: { ...violation.evidence },
    }
    const more = { detail: violation.detail, hold: hold?.why, chosen, poolSize: pool.size, replaces: pool.replaces }
    return { ...fields, summary: decisionSentence({ ...fields, ...more }) }
  }
}

const BUSY: Hold = { verdict: 'busy', why: 'a roll or another action is under way' }
const UNMEASURED: Hold = { verdict: 'cooling_down', why: 'the effect of the last action is still to be measured' }

/** Hard limits first, then what is furthest beyond its limit; among equals the monitors' order. */
function byUrgency(findings: readonly Finding[]): Finding[] {
  const excess = ({ violation: { value, limit } }: Finding): number => value / Math.max(limit, Number.MIN_VALUE)
  const isHard = ({ violation: { hard } }: Finding): number => Number(hard ?? false)
  return [...findings].sort((a, b) => isHard(b) - isHard(a) || excess(b) - excess(a))
}

function keyOf({ monitor, violation: { worker, action } }: Finding): string {
  return `${monitor}\0${worker ?? 'pool'}\0${action}`
}

function largest<T>(items: readonly T[], size: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>((best, item) => best === undefined || size(item) > size(best) ? item : best, undefined)
}

function sampleOf(worker: WorkerSample | undefined, sinceMs: number): Decision['sample'] {
  const { uss, pss } = worker?.usage ?? {}
  if (worker === undefined || uss === undefined || pss === undefined) return null
  return { ageMs: Math.max(0, worker.ageMs + sinceMs), costMs: worker.costMs, uss, pss }
}
