/** What one process or group has been through. Bytes. */
export interface Past {
  /** The first figure that was known. */
  readonly first: number | undefined
  /** In this round and the one before. */
  readonly now: number | undefined
  readonly before: number | undefined
  /** One a round, the latest last. */
  readonly trend: readonly (number | undefined)[]
}

interface Track {
  first: number | undefined
  now: number | undefined
  before: number | undefined
  trend: (number | undefined)[]
  round: number
}

const TREND_LENGTH = 60

/** The past of everything that was there in the last round, by key. */
export class History {
  readonly #tracks = new Map<string, Track>()
  #round = 0

  /** Records one figure for this round; undefined when it is not known. */
  record(key: string, figure: number | undefined): void {
    let track = this.#tracks.get(key)
    if (track === undefined) {
      track = { first: undefined, now: undefined, before: undefined, trend: [], round: this.#round }
      this.#tracks.set(key, track)
    }
    track.first ??= figure
    track.before = track.now
    track.now = figure
    track.trend.push(figure)
    if (track.trend.length > TREND_LENGTH) track.trend.shift()
    track.round = this.#round
  }

  /** Ends a round: forgets what was not recorded in it. */
  endRound(): void {
    for (const [key, { round }] of this.#tracks) if (round !== this.#round) this.#tracks.delete(key)
    this.#round++
  }

  of(key: string): Past | undefined {
    return this.#tracks.get(key)
  }
}
