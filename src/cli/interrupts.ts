import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface Interrupts extends Disposable {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal
  /** What a command exits with that the signal has ended: 128 + its number, as in a shell; undefined before there was one. */
  readonly exitCode: number | undefined
}

/** Turns the first signal that would end this process into an `AbortSignal`; the second one ends it. */
export function interruptible(): Interrupts {
  const controller = new AbortController()
  const stop = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
  let exitCode: number | undefined
  const onSignal = (name: (typeof SIGNALS)[number]): void => {
    stop()
    exitCode = 128 + constants.signals[name]
    controller.abort()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    [Symbol.dispose]: stop,
  }
}
