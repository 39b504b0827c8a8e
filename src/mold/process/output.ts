import { setTimeout as sleep } from 'node:timers/promises'
import { backend } from '../../native/index.ts'

/** One that ends does not wait for longer: whoever reads what it wrote may have stopped for good. */
const FLUSH_MS = 1000

/** Of stdout and stderr, those whose reader has yet to take what was written: pipes that are full. */
export function waitingOutput(): string[] {
  return waitingStreams().map(({ name }) => name)
}

/** Resolves when all that was written has been taken, or that takes too long. What waits when process.exit() is called is lost. */
export async function flushOutput(): Promise<void> {
  const streams = waitingStreams()
  if (streams.length === 0) return
  const taken = streams.map(({ stream }) => new Promise<void>((resolve) => {
    stream.once('close', resolve).write('', () => resolve())
  }))
  await Promise.race([Promise.all(taken), sleep(FLUSH_MS)])
}

function waitingStreams(): { readonly name: string, readonly stream: NodeJS.WriteStream }[] {
  // Node makes them when they are first looked at, and what waits is a request of libuv.
  if (backend().fork?.activeRequests() === 0) return []
  return (['stdout', 'stderr'] as const).map((name) => ({ name, stream: process[name] }))
    .filter(({ stream }) => !stream.destroyed && stream.writableLength > 0)
}
