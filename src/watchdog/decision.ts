import type { Action, Reason, Violation } from './monitor.ts'

/** What became of a decision. */
export type Verdict =
  /** It is being carried out. */
  | 'acting'
  /** `dryRun`: it would be carried out. */
  | 'dry_run'
  /** The monitor only reports, or the pool cannot do it. */
  | 'reported'
  /** Too soon after the last action, or its effect is not measured yet, or no worker is warm that could go for the pool. */
  | 'cooling_down'
  /** The window's actions are used up. */
  | 'budget_spent'
  /** An earlier action on this slot, for this reason, freed too little: it is not repeated. */
  | 'ineffective'
  /** A roll or another recycle is under way. */
  | 'busy'

/** What the watchdog concluded, and from what. */
export interface Decision {
  /** From 1, in order. */
  readonly number: number
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly monitor: string
  readonly reason: Reason
  readonly action: Action
  readonly verdict: Verdict
  /** Who is meant; null for the whole pool. */
  readonly worker: { readonly id: number; readonly slot: number; readonly pid: number } | null
  readonly value: number
  readonly limit: number
  readonly unit: Violation['unit']
  readonly measure: string
  readonly hard: boolean
  /** Violations in a row, and how many it takes. */
  readonly strikes: number
  readonly strikesNeeded: number
  /** What is known of the worker's memory: age and cost of the reading in milliseconds; null when no rollup was read. */
  readonly sample: { readonly ageMs: number; readonly costMs: number; readonly uss: number; readonly pss: number } | null
  readonly evidence: Readonly<Record<string, number | string | boolean>>
  /** One sentence for people. */
  readonly summary: string
}

/**
 * What an action brought, measured after it. Bytes. Comes a second time, in a pool that does not replace its workers, when somebody
 * has started anew, in the five minutes after the first, what was ended, and it is as large again.
 */
export interface Effect {
  readonly decision: Decision
  /** Sum of USS of the workers that were replaced, as last read before; undefined where it could not be read. */
  readonly ussBefore: number | undefined
  /**
   * Sum of USS of those that took their places, each once it had settled; 0 for a place that was left empty; undefined where it
   * could not be read.
   */
  readonly ussAfter: number | undefined
  /** Sum of PSS of the primary and its workers; undefined where it could not be read. */
  readonly pssBefore: number | undefined
  readonly pssAfter: number | undefined
  /** What the cgroup, or the machine, uses without its page cache. */
  readonly usedBefore: number | undefined
  readonly usedAfter: number | undefined
  /**
   * ussBefore - ussAfter, else pssBefore - pssAfter, else, in a control group, usedBefore - usedAfter; below 0 when it grew;
   * undefined when it is not known: then nothing follows from it. USS comes first, for what the workers grew by that were not
   * replaced is no fault of the action, and no less what others on the machine use.
   */
  readonly freed: number | undefined
  /** It is known to have freed at least what was asked, `minFreed`. Where memory was not the reason (age, ...) nothing is asked. */
  readonly effective: boolean
  /** One sentence for people. */
  readonly summary: string
}
