import type { RollOutcome, WorkerPool } from '../pool/index.ts'
import type { Decision, Effect } from './decision.ts'
import type { Violation } from './monitor.ts'
import { counted, escaped, formatBytes, formatDuration, formatValue } from './text.ts'

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
  // Names, measures and details are texts of users.
  return escaped(`${subject(parts)}: ${clauses.join(', ')}${hold}`)
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

export interface EffectParts {
  /** Bytes. */
  readonly minFreed: number
  readonly replaces: boolean
  /** A clause of what follows; '' for nothing. */
  readonly consequence: string
  /** The place may yet be filled. */
  readonly isSoFar: boolean
}

/** "recycling worker 3 (slot 2) freed 512 MB: USS 612 MB before, 100 MB after; sum of PSS 2.1 GB before, 1.6 GB after". */
export function effectSentence(effect: Omit<Effect, 'summary'>, { minFreed, replaces, consequence, isSoFar }: EffectParts): string {
  const { decision: { worker, action }, freed, effective } = effect
  const verb = action === 'refork' ? 'reforking' : replaces ? 'recycling' : 'ending'
  const whom = worker === null ? 'the workers' : `worker ${worker.id} (slot ${worker.slot})`
  const short = effective || freed === undefined ? '' : `, less than the ${formatBytes(minFreed)} asked for`
  const sums = [
    ...pair('USS', effect.ussBefore, effect.ussAfter),
    ...pair('sum of PSS', effect.pssBefore, effect.pssAfter),
    ...pair('memory in use', effect.usedBefore, effect.usedAfter),
  ]
  const figures = sums.length === 0 ? '' : `: ${sums.join('; ')}`
  const soFar = isSoFar ? ' so far' : ''
  return `${verb} ${whom} ${change(freed)}${soFar}${short}${figures}${consequence === '' ? '' : `; ${consequence}`}`
}

function change(freed: number | undefined): string {
  if (freed === undefined) return 'could not be measured, as neither USS nor PSS is known both before and after'
  return freed >= 0 ? `freed ${formatBytes(freed)}` : `used ${formatBytes(-freed)} more`
}

function pair(name: string, before: number | undefined, after: number | undefined): string[] {
  return before === undefined || after === undefined ? [] : [`${name} ${formatBytes(before)} before, ${formatBytes(after)} after`]
}

/** Who is left after an action that failed: by its outcome, and by what serves now. */
export function remainsClause({ kept, replaced }: RollOutcome, pool: WorkerPool): string {
  const serving = pool.workers().filter(({ state }) => state === 'serving')
  const left = serving.filter(({ id }) => kept.includes(id)).length
  const now = `${serving.length} of ${counted(pool.size, 'worker')} ${serving.length === 1 ? 'serves' : 'serve'} now`
  if (kept.length > 0 && left === kept.length) return 'those that were to go serve on'
  const serve = left === 1 ? 'serves' : 'serve'
  if (kept.length > 0) return `of ${counted(kept.length, 'worker')} that could not be replaced ${left} ${serve} on, ${now}`
  return `${replaced.length === 0 ? 'nobody was replaced, and nobody kept' : 'those that were to go have gone'}, ${now}`
}
