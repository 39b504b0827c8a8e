import { setTimeout as sleep } from 'node:timers/promises'
import type { Snapshot } from '../processes/index.ts'
import { sampleLine } from './record_lines.ts'

export interface RecordOptions {
  /** Takes one sample. */
  readonly take: () => Promise<Snapshot>
  /** Writes one line; what it throws ends the recording. */
  readonly append: (line: string) => void | Promise<void>
  /** Milliseconds between samples. */
  readonly everyMs: number
  /** Milliseconds from the first sample to the last one at the latest. @default until `signal` says so */
  readonly forMs?: number
  /** Ends the recording after the line that is being written. */
  readonly signal?: AbortSignal
  /** Called after each sample; `skipped` as in `RecordSummary`, of this sample alone. */
  readonly onSample?: (snapshot: Snapshot, count: number, skipped: number) => void
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
}

export interface RecordSummary {
  readonly samples: number
  /** Samples that were due while another one was still being taken. */
  readonly skipped: number
}

/** A timer takes no more than 2^31 milliseconds. */
const LONGEST_SLEEP_MS = 1000 * 60 * 60 * 24

/**
 * Takes samples at fixed times, counted from the first one: a sample that takes long does not put off those after it. One
 * that takes longer than `everyMs` costs the samples that were due meanwhile, and the next one tells how many.
 */
export async function record(options: RecordOptions): Promise<RecordSummary> {
  const { everyMs, forMs = Infinity, signal, now = () => performance.now() } = options
  const start = now()
  let [samples, allSkipped, skipped] = [0, 0, 0]
  for (let tick = 0; tick * everyMs <= forMs && signal?.aborted !== true; tick += 1 + skipped) {
    if (!(await sleepUntil(start + tick * everyMs, now, signal))) break
    const snapshot = await options.take()
    await options.append(sampleLine(snapshot, skipped))
    samples++
    skipped = Math.max(0, Math.ceil((now() - start) / everyMs) - tick - 1)
    allSkipped += skipped
    options.onSample?.(snapshot, samples, skipped)
  }
  return { samples, skipped: allSkipped }
}

/** False when `signal` came first. */
async function sleepUntil(time: number, now: () => number, signal: AbortSignal | undefined): Promise<boolean> {
  for (let left = time - now(); left > 0; left = time - now()) {
    try {
      await sleep(Math.min(left, LONGEST_SLEEP_MS), undefined, signal === undefined ? {} : { signal })
    } catch {
      return false
    }
  }
  return true
}
