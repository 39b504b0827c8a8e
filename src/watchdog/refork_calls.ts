import type { RollOutcome } from '../pool/index.ts'
import type { Finding } from './monitor_panel.ts'

type CallReason = 'refork_call' | 'refork_signal'

/** What came since the last tick, as one. */
export interface TakenCalls {
  readonly finding: Finding
  readonly resolve: (outcome: RollOutcome | undefined) => void
}

/** Reforks that somebody has called for, until the next tick takes them up. */
export class ReforkCalls {
  readonly #onCall: () => void
  #waiting: { readonly reason: CallReason; readonly resolve: (outcome: RollOutcome | undefined) => void }[] = []

  constructor(onCall: () => void) {
    this.#onCall = onCall
  }

  add(reason: CallReason): Promise<RollOutcome | undefined> {
    const called = new Promise<RollOutcome | undefined>((resolve) => this.#waiting.push({ reason, resolve }))
    this.#onCall()
    return called
  }

  take(): TakenCalls | undefined {
    const calls = this.#waiting
    const [first] = calls
    if (first === undefined) return undefined
    this.#waiting = []
    return {
      finding: { monitor: 'refork', violation: violationOf(first.reason, calls.length), strikes: 1, strikesNeeded: 1 },
      resolve: (outcome) => calls.forEach(({ resolve }) => resolve(outcome)),
    }
  }

  /** Calls that nobody will take up. */
  close(): void {
    this.take()?.resolve(undefined)
  }
}

function violationOf(reason: CallReason, value: number): Finding['violation'] {
  const detail = reason === 'refork_call' ? 'it was called for' : 'a signal asked for it'
  return { reason, action: 'refork', value, limit: 1, unit: 'count', measure: 'calls', detail }
}
