import { durationText } from '../../pool/index.ts'
import type { ProcessMessage } from '../control/index.ts'
import { Patience } from './patience.ts'

/** Takes the message that is waited for, by returning something else than undefined; throws when it is bad news. */
export type Take<Result> = (message: ProcessMessage) => Result | undefined

interface Waiter {
  take(message: ProcessMessage): void
  fail(error: Error): void
}

/** Of a process whose connection has gone, how it ended is known within so long, as a rule. */
const END_MS = 1000
/** What comes while a process does what it was at before. */
const BESIDE: readonly ProcessMessage['type'][] = ['hello', 'report', 'warning']

/** Those who wait for a message of one process, and what it said last that it does. */
export class Hearing {
  readonly #waiters = new Set<Waiter>()
  #stage = ''
  #failing: NodeJS.Timeout | undefined

  /** What it does, in a few words; undefined when it has not said so. */
  get doing(): string | undefined {
    return this.#stage === '' ? undefined : `busy with ${this.#stage}`
  }

  /** The first message that `take` takes. Rejects with what `fail` is told, and after `ms` with what `late` says. */
  async hear<Result>(take: Take<Result>, ms: number, late: (duration: string) => string): Promise<Result> {
    let waiter: Waiter | undefined
    let patience: Patience | undefined
    try {
      return await new Promise<Result>((resolve, reject) => {
        waiter = {
          take: (message) => {
            try {
              const result = take(message)
              if (result !== undefined) resolve(result)
            } catch (error) {
              reject(error as Error)
            }
          },
          fail: reject,
        }
        this.#waiters.add(waiter)
        patience = new Patience(ms, () => reject(new Error(this.#late(late(durationText(ms))))))
      })
    } finally {
      patience?.end()
      if (waiter) this.#waiters.delete(waiter)
    }
  }

  tell(message: ProcessMessage): void {
    if (message.type === 'stage') this.#stage = message.stage
    else if (!BESIDE.includes(message.type)) this.#stage = ''
    for (const waiter of this.#waiters) waiter.take(message)
  }

  fail(error: Error): void {
    clearTimeout(this.#failing)
    for (const waiter of [...this.#waiters]) waiter.fail(error)
  }

  /** When no other reason comes to be known soon. */
  failSoon(error: Error): void {
    this.#failing = setTimeout(() => this.fail(error), END_MS).unref()
  }

  #late(text: string): string {
    return this.doing === undefined ? text : `${text}: ${this.doing}`
  }
}
