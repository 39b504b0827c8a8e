import type { PoolWorker } from '../../pool/index.ts'

/** What is known of a worker that might become the next mold. */
export interface Nominee {
  readonly worker: Pick<PoolWorker, 'id' | 'state' | 'report'>
  /** What keeps it from being a mold, and will not pass by itself. */
  readonly unsafe: readonly string[]
}

/**
 * The worker to promote: of those that serve and may be forked the one with the most requests, whose code and caches are the
 * warmest.
 *
 * @throws {Error} that says why there is none
 */
export function chooseWorker(nominees: readonly Nominee[]): number {
  const serving = nominees.filter(({ worker }) => worker.state === 'serving')
  const safe = serving.filter(({ unsafe }) => unsafe.length === 0)
  const requestsOf = ({ worker }: Nominee): number => worker.report?.requests ?? 0
  const [warmest] = [...safe].sort((a, b) => requestsOf(b) - requestsOf(a))
  if (warmest !== undefined) return warmest.worker.id
  if (serving.length === 0) throw new Error('no worker serves')
  const reasons = [...new Set(serving.flatMap(({ unsafe }) => unsafe))]
  throw new Error(`no worker can become a mold: ${reasons.join('; ')}`)
}
