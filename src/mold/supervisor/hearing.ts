import { durationText } from '../../pool/index.ts'
import type { ProcessMessage } from '../control/index.ts'
import { Patience } from './patience.ts'

/** Takes the message that is waited for, by returning something else than undefined; throws when it is bad news. */
export type Take<Result> = (message: ProcessMessage) => Result | undefined

interface Waiter {
  take(message: ProcessMessage): void
  fail(error: Error): void
}

/** Those who wait for a message of one process. */
export class Hearing {
  readonly #waiters = new Set<Waiter>()

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
        patience = new Patience(ms, () => reject(new Error(late(durationText(ms)))))
      })
    } finally {
      patience?.end()
      if (waiter) this.#waiters.delete(waiter)
    }
  }

  tell(message: ProcessMessage): void {
    for (const waiter of this.#waiters) waiter.take(message)
  }

  fail(error: Error): void {
    for (const waiter of [...this.#waiters]) waiter.fail(error)
  }
}
