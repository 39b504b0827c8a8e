const MAX_POINTS = 48
const LEVELS = 36

/**
 * The moments of a recording of unknown length at which trends are drawn: at first every reading; whenever there are too
 * many, every second one is dropped, here and in all trends.
 */
export class TrendClock {
  #stride = 1
  #readings = 0

  /** To be called once for each reading; says what all trends must do now. */
  tick(): { readonly slot: number | undefined, readonly halve: boolean } {
    const reading = this.#readings++
    const halve = reading % this.#stride === 0 && reading / this.#stride >= MAX_POINTS
    if (halve) this.#stride *= 2
    return { slot: reading % this.#stride === 0 ? reading / this.#stride : undefined, halve }
  }

  /** How many moments there are, and whether the last reading is one of them. */
  get points(): { readonly count: number, readonly endsWithLast: boolean } {
    const last = this.#readings - 1
    return { count: Math.floor(last / this.#stride) + 1, endsWithLast: last % this.#stride === 0 }
  }
}

/** The values of one process over time: the readings for the slope, some of them for the picture. */
export class Trend {
  #points: (number | undefined)[] = []
  #first: number | undefined
  #last: number | undefined
  #count = 0
  // Sums of the least squares, times relative to the first reading so that they stay small.
  #origin = 0
  #t = 0
  #v = 0
  #tt = 0
  #tv = 0

  halve(): void {
    this.#points = Array.from({ length: Math.ceil(this.#points.length / 2) }, (_, index) => this.#points[2 * index])
  }

  /** `slot` is the moment's place in the picture, undefined for readings between moments; `value` undefined: not read. */
  add(timeMs: number, value: number | undefined, slot: number | undefined): void {
    if (slot !== undefined) this.#points[slot] = value
    this.#last = value
    if (value === undefined) return
    if (this.#count === 0) {
      this.#first = value
      this.#origin = timeMs
    }
    const t = timeMs - this.#origin
    const v = value - (this.#first ?? 0)
    this.#count++
    this.#t += t
    this.#v += v
    this.#tt += t * t
    this.#tv += t * v
  }

  /** The last value less the first; undefined when the last was not read, or was the first. */
  get change(): number | undefined {
    if (this.#first === undefined || this.#last === undefined || this.#count < 2) return undefined
    return this.#last - this.#first
  }

  /** Of the straight line that fits best, a millisecond; undefined for fewer than three readings. */
  get slope(): number | undefined {
    const spread = this.#count * this.#tt - this.#t * this.#t
    if (this.#count < 3 || spread <= 0) return undefined
    return (this.#count * this.#tv - this.#t * this.#v) / spread
  }

  /** A digit of base 36 for each moment, '.' where there is no value. */
  picture({ points: { count, endsWithLast } }: TrendClock): string {
    const points = Array.from({ length: count }, (_, slot) => this.#points[slot])
    if (!endsWithLast) points.push(this.#last)
    return toDigits(points)
  }
}

/** A change of less than this share of the largest value does not fill the height: noise is to look flat. */
const MIN_RANGE = 0.1

function toDigits(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined)
  const min = Math.min(...known)
  const max = Math.max(...known)
  const range = Math.max(max - min, max * MIN_RANGE, 1)
  const digit = (value: number): string => Math.round((value - min) / range * (LEVELS - 1)).toString(LEVELS)
  return values.map((value) => (value === undefined ? '.' : digit(value))).join('')
}
