/** How much of the newest measurement goes into the estimate: a single slow round is not the rule. */
const NEW_WEIGHT = 0.3
/** A machine that needs longer than this for its share shows its table all the same. */
const LONGEST_MS = 60_000

/** Stretches the interval between rounds so that all they cost stays within a share of one core. */
export class Pace {
  readonly #share: number
  #costMs: number | undefined

  constructor(share: number) {
    this.#share = share
  }

  /** A round, drawing included, took so much time of all cores together. */
  spent(cpuMs: number): void {
    this.#costMs = this.#costMs === undefined ? cpuMs : this.#costMs + (cpuMs - this.#costMs) * NEW_WEIGHT
  }

  /** Milliseconds from the start of one round to that of the next. */
  intervalMs(wantedMs: number): number {
    const affordableMs = (this.#costMs ?? 0) / this.#share
    return Math.max(wantedMs, Math.min(affordableMs, LONGEST_MS))
  }

  /** The part of one core that rounds take at this interval; undefined before the first. */
  shareAt(intervalMs: number): number | undefined {
    return this.#costMs === undefined ? undefined : this.#costMs / intervalMs
  }
}
