/** The exit code of a command that was interrupted before it had done its work: 128 + SIGINT. */
export const INTERRUPTED = 130

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface Interrupts extends Disposable {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal
}

/** Turns the first signal that would end this process into an `AbortSignal`; the second one ends it. */
export function interruptible(): Interrupts {
  const controller = new AbortController()
  const stop = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
  const onSignal = (): void => {
    stop()
    controller.abort()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return { signal: controller.signal, [Symbol.dispose]: stop }
}
