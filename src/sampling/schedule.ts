/** What is known of one process when it is decided whether to read it. */
export interface Candidate {
  readonly pid: number
  /** Resident bytes now. */
  readonly rss: number
  /** The last reading, or attempt at one; undefined before the first. */
  readonly last: LastReading | undefined
}

export interface LastReading {
  /** Resident bytes when it was taken. */
  readonly rss: number
  /** When, in milliseconds of the sampler's clock. */
  readonly at: number
  readonly costMs: number
}

export interface ScheduleLimits {
  /** A process is read again when its RSS has moved by so many bytes, */
  readonly rssChange: number
  /** or its last reading is so many milliseconds old, or somewhat less: at the latest then. */
  readonly maxAgeMs: number
}

/** A reading that old goes before all changes, or a busy machine would leave quiet processes unread for ever. */
const FORGOTTEN_AFTER_MAX_AGES = 4

/** Those to be read at `now`, most urgent first: the largest change of RSS, then the oldest reading. */
export function dueReads<T extends Candidate>(candidates: readonly T[], now: number, limits: ScheduleLimits): T[] {
  const forgottenAt = now - limits.maxAgeMs * FORGOTTEN_AFTER_MAX_AGES
  return candidates
    .filter((candidate) => isDue(candidate, now, limits))
    .map((candidate) => ({
      candidate, isForgotten: readAt(candidate) < forgottenAt && candidate.last !== undefined, change: changeOf(candidate),
    }))
    .sort((a, b) =>
      Number(b.isForgotten) - Number(a.isForgotten) || b.change - a.change || readAt(a.candidate) - readAt(b.candidate))
    .map(({ candidate }) => candidate)
}

export function isDue(candidate: Candidate, now: number, { rssChange, maxAgeMs }: ScheduleLimits): boolean {
  const { pid, last } = candidate
  return last === undefined || changeOf(candidate) >= rssChange || now - last.at >= maxAgeMs * spread(pid)
}

const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2

/**
 * Half of the maximum age to all of it, another part for each process: what was read in one round is not due again in one
 * round. Multiples of the golden ratio fill the range evenly, whichever pids there are.
 */
function spread(pid: number): number {
  return 0.5 + ((pid * GOLDEN_RATIO) % 1) / 2
}

function changeOf({ rss, last }: Candidate): number {
  return Math.abs(rss - (last?.rss ?? 0))
}

function readAt({ last }: Candidate): number {
  return last?.at ?? -Infinity
}
