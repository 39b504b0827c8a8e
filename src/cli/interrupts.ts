import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export type Interrupt = (typeof SIGNALS)[number]

export interface Interrupts extends Disposable {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal
  /** What a command exits with that the signal has ended: 128 + its number, as in a shell; undefined before there was one. */
  readonly exitCode: number | undefined
}

/**
 * Turns the first signal that would end this process into an `AbortSignal`; the second one ends it, or calls `onSecond`, and then
 * the third one ends it.
 */
export function interruptible(onSecond?: (name: Interrupt) => void): Interrupts {
  const controller = new AbortController()
  const stop = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
  let exitCode: number | undefined
  const onSignal = (name: Interrupt): void => {
    const isSecond = exitCode !== undefined
    if (isSecond || onSecond === undefined) stop()
    exitCode = 128 + constants.signals[name]
    if (isSecond) onSecond?.(name)
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
