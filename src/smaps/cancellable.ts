import { setImmediate } from 'node:timers/promises'
import type { CancelFlag } from '../native/index.ts'
import { show } from '../options.ts'

const SLICE_MS = 2

/** Runs `start` with a flag that `signal` sets; rejects with the signal's reason as soon as it aborts. */
export async function runCancellable<T>(
  signal: AbortSignal | undefined, start: (cancel: CancelFlag) => Promise<T>,
): Promise<T> {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`"signal" must be an AbortSignal, got ${show(signal)}`)
  }
  signal?.throwIfAborted()
  const cancel = new Int32Array(1)
  if (signal === undefined) return start(cancel)

  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      Atomics.store(cancel, 0, 1)
      reject(signal.reason)
    }
  })
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([start(cancel), aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Builds `count` things, letting the event loop run after every 2 ms of it. */
export async function buildInSlices<T>(count: number, build: (index: number) => T): Promise<T[]> {
  const built: T[] = []
  let sliceEnd = performance.now() + SLICE_MS
  for (let index = 0; index < count; index++) {
    built.push(build(index))
    if (performance.now() < sliceEnd) continue
    await setImmediate()
    sliceEnd = performance.now() + SLICE_MS
  }
  return built
}
