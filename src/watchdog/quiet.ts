import type { Verdict } from './decision.ts'

/** Verdicts that a worker waits under: going from one to another is no news. */
const WAITING: ReadonlySet<Verdict> = new Set<Verdict>(['busy', 'cooling_down', 'budget_spent'])

/**
 * Tells news from what has been said already: a decision is told when its verdict changes, not every tick. What was said is
 * forgotten once the violation has been gone for a while, so that a worker at its limit's edge does not chatter.
 */
export class Quiet {
  readonly #forgetMs: number
  readonly #said = new Map<string, { verdict: string; seenAt: number }>()

  constructor(forgetMs: number) {
    this.#forgetMs = forgetMs
  }

  isNews(key: string, verdict: Verdict, now: number): boolean {
    const kind = WAITING.has(verdict) ? 'waiting' : verdict
    const before = this.#said.get(key)
    // What is being acted on has to wait for the end of that, which goes without saying.
    const goesOn = (verdict === 'busy' || verdict === 'cooling_down') && before?.verdict === 'acting'
    this.#said.set(key, { verdict: goesOn ? 'acting' : kind, seenAt: now })
    return verdict === 'acting' || (!goesOn && before?.verdict !== kind)
  }

  /** Whether this is what was said last. Counts as seen. */
  hasSaid(key: string, verdict: Verdict, now: number): boolean {
    const before = this.#said.get(key)
    if (before?.verdict !== verdict) return false
    before.seenAt = now
    return true
  }

  forget(now: number): void {
    for (const [key, { seenAt }] of this.#said) {
      if (now - seenAt > this.#forgetMs) this.#said.delete(key)
    }
  }
}
