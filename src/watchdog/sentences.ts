import type { Decision, Effect } from './decision.ts'
import type { Violation } from './monitor.ts'
import { formatBytes, formatDuration, formatValue } from './text.ts'

export interface DecisionParts extends Omit<Decision, 'summary'> {
  readonly detail: string | undefined
  /** Why nothing is done now; undefined when something is, or nothing was meant to be. */
  readonly hold: string | undefined
  /** The worker was chosen for the pool. */
  readonly chosen: boolean
  readonly poolSize: number
  readonly replaces: boolean
}

/** "recycle worker 3 (slot 2, pid 4711): USS 612 MB is above its limit of 600 MB, 2 strikes of 2, read 4 ms ago in 6.1 ms". */
export function decisionSentence(parts: DecisionParts): string {
  const clauses = [findingClause(parts), ...strikesClause(parts), ...readingClause(parts)]
  const hold = parts.hold === undefined ? '' : `; not now: ${parts.hold}`
  return `${subject(parts)}: ${clauses.join(', ')}${hold}`
}

function subject(parts: DecisionParts): string {
  const whom = target(parts)
  if (parts.verdict === 'reported') return whom
  const verb = parts.action === 'refork' ? 'refork' : parts.replaces ? 'recycle' : 'end'
  return `${parts.verdict === 'acting' ? '' : parts.verdict === 'dry_run' ? 'dry run: would ' : 'due: '}${verb} ${whom}`
}

function target({ worker, chosen, sample, action, poolSize }: DecisionParts): string {
  if (worker === null) return action === 'refork' ? `all ${poolSize} workers` : 'the pool'
  const largest = sample === null ? ', whose RSS is the largest' : `, whose USS of ${formatBytes(sample.uss)} is the largest`
  return `worker ${worker.id} (slot ${worker.slot}, pid ${worker.pid})${chosen ? largest : ''}`
}

function findingClause({ detail, measure, value, limit, unit, hard }: DecisionParts): string {
  if (detail !== undefined) return detail
  const relation = value > limit ? 'is above' : value < limit ? 'is below' : 'has reached'
  return `${measure} ${formatValue(value, unit)} ${relation} its ${hard ? 'hard limit' : 'limit'} of ${formatValue(limit, unit)}`
}

function strikesClause({ hard, strikes, strikesNeeded, reason }: DecisionParts): string[] {
  if (hard || reason === 'refork_call' || reason === 'refork_signal') return []
  return [`${strikes} ${strikes === 1 ? 'strike' : 'strikes'} of ${strikesNeeded}`]
}

function readingClause({ sample, unit, measure, chosen }: DecisionParts): string[] {
  if (sample === null || chosen || !isMemory(unit) || measure === 'RSS') return []
  return [`read ${formatDuration(sample.ageMs)} ago in ${formatDuration(sample.costMs)}`]
}

function isMemory(unit: Violation['unit']): boolean {
  return unit === 'bytes'
}

/** "recycling slot 2 freed 512 MB: USS 612 MB before, 100 MB after; sum of PSS 2.1 GB before, 1.6 GB after". */
export function effectSentence(effect: Omit<Effect, 'summary'>, minFreed: number, replaces: boolean, consequence: string): string {
  const { decision, freed, effective } = effect
  const { worker, action } = decision
  const verb = action === 'refork' ? 'reforking' : replaces ? 'recycling' : 'ending'
  const whom = worker === null ? 'the workers' : `worker ${worker.id} (slot ${worker.slot})`
  const change = freed === undefined || freed >= 0 ? `freed ${formatBytes(freed ?? 0)}` : `used ${formatBytes(-freed)} more`
  const what = freed === undefined ? 'could not be measured' : change
  const short = effective || freed === undefined ? '' : `, less than the ${formatBytes(minFreed)} asked for`
  const sums = [
    ...pair('USS', effect.ussBefore, effect.ussAfter),
    ...pair('sum of PSS', effect.pssBefore, effect.pssAfter),
    ...pair('memory in use', effect.usedBefore, effect.usedAfter),
  ]
  const figures = sums.length === 0 ? '' : `: ${sums.join('; ')}`
  return `${verb} ${whom} ${what}${short}${figures}${consequence === '' ? '' : `; ${consequence}`}`
}

function pair(name: string, before: number | undefined, after: number | undefined): string[] {
  return before === undefined || after === undefined ? [] : [`${name} ${formatBytes(before)} before, ${formatBytes(after)} after`]
}

