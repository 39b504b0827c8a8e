import type { Claim, Measured, Skipped } from './claim.ts'
import { holds } from './claim.ts'

/** A claim and what became of it. */
export interface Outcome {
  readonly claim: Claim
  readonly result: Measured | Skipped
}

/** undefined when the claim could not be measured here. */
export function outcomeHolds({ claim, result }: Outcome): boolean | undefined {
  return 'skipped' in result ? undefined : holds(claim.goal, result.value)
}

const WIDTHS = { name: 18, value: 10, goal: 10, holds: 8 }

export function tableHead(): string {
  return columns('claim', 'measured', 'goal', '') + 'details'
}

export function tableRow(outcome: Outcome): string {
  const { claim, result } = outcome
  const goal = `${claim.goal.is} ${claim.goal.limit}`
  if ('skipped' in result) return columns(claim.name, '-', goal, 'skipped') + result.skipped
  const value = claim.unit === 'ms' ? `${result.value.toFixed(2)} ms` : result.value.toFixed(3)
  return columns(claim.name, value, goal, outcomeHolds(outcome) === true ? 'holds' : 'FAILS') + result.detail
}

function columns(name: string, value: string, goal: string, verdict: string): string {
  return name.padEnd(WIDTHS.name) + value.padStart(WIDTHS.value) + '  ' +
    goal.padEnd(WIDTHS.goal) + verdict.padEnd(WIDTHS.holds)
}

/** One object for all claims; a claim that could not be measured has neither figure nor verdict. */
export function toJson(outcomes: readonly Outcome[]): string {
  return JSON.stringify({
    claims: outcomes.map((outcome) => {
      const { claim, result } = outcome
      const { name, text, unit, goal } = claim
      const shown = { name, text, goal: `${goal.is} ${goal.limit}` }
      if ('skipped' in result) return { ...shown, skipped: result.skipped }
      return { ...shown, [unit]: result.value, holds: outcomeHolds(outcome), detail: result.detail }
    }),
  }, null, 2)
}
