import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 2

/** Resolves once `condition` holds; rejects with `message` when it does not within `deadlineMs`. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>, deadlineMs: number, message: string,
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${message}`)
    await sleep(POLL_MS)
  }
}

/** What `promise` resolves to; rejects with `message` when it is not settled within `deadlineMs`. */
export async function within<T>(promise: Promise<T>, deadlineMs: number, message: string): Promise<T> {
  const timer = new AbortController()
  const late = sleep(deadlineMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`not within ${deadlineMs} ms: ${message}`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
  }
}
