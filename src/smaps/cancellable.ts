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

  let forget = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    forget = whenAborted(signal, () => {
      Atomics.store(cancel, 0, 1)
      reject(signal.reason)
    })
  })
  try {
    return await Promise.race([start(cancel), aborted])
  } finally {
    forget()
  }
}

interface Waiting {
  readonly actions: Set<() => void>
  readonly listener: () => void
}

const waiting = new WeakMap<AbortSignal, Waiting>()

/** One listener a signal, however many calls share it: Node warns of more than ten. Returns what takes `action` back. */
function whenAborted(signal: AbortSignal, action: () => void): () => void {
  const { actions, listener } = waiting.get(signal) ?? listenTo(signal)
  actions.add(action)
  return () => {
    actions.delete(action)
    if (actions.size > 0) return
    signal.removeEventListener('abort', listener)
    waiting.delete(signal)
  }
}

function listenTo(signal: AbortSignal): Waiting {
  const actions = new Set<() => void>()
  const listener = (): void => {
    for (const act of actions) act()
  }
  signal.addEventListener('abort', listener, { once: true })
  const added = { actions, listener }
  waiting.set(signal, added)
  return added
}

/** Builds `count` things, letting the event loop run after every 2 ms of it. Gives up once `signal` is aborted. */
export async function buildInSlices<T>(
  count: number, build: (index: number) => T, signal: AbortSignal | undefined,
): Promise<T[]> {
  const built: T[] = []
  let sliceEnd = performance.now() + SLICE_MS
  for (let index = 0; index < count; index++) {
    built.push(build(index))
    if (performance.now() < sliceEnd) continue
    await setImmediate()
    signal?.throwIfAborted()
    sliceEnd = performance.now() + SLICE_MS
  }
  return built
}
