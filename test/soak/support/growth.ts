import assert from 'node:assert/strict'

/** What a process has at a moment. Memory in bytes. */
export interface Footprint {
  readonly rss: number
  readonly uss: number
  readonly descriptors: number
  readonly threads: number
  readonly mappings: number
}

/**
 * How much the median of the last third may be above that of the first third: a share, and an amount beside it for what is small and
 * comes and goes. Medians, for a single sample may meet a collection of garbage or a refork of the moment.
 */
const BOUNDS: { readonly [Name in keyof Footprint]: readonly [share: number, amount: number] } = {
  rss: [0.05, 8 * 2 ** 20],
  uss: [0.05, 16 * 2 ** 20],
  descriptors: [0, 1],
  threads: [0, 0],
  mappings: [0.1, 40],
}

/** The first samples are of caches that fill and code that is compiled. */
const WARM_UP = 1 / 5
const MIN_SAMPLES = 15

/** Fails, naming what has grown, when the later samples are above the earlier ones by more than the bounds. */
export function checkGrowth(who: string, footprints: readonly Footprint[]): void {
  assert.ok(footprints.length >= MIN_SAMPLES, `${footprints.length} samples say nothing of growth: let it run longer`)
  const grown = trends(footprints).filter(({ late, bound }) => !(late <= bound))
  assert.deepEqual(grown.map(({ name, early, late }) => `${name} of ${who} grew from ${early} to ${late}`), [])
}

/** A line for each figure. */
export function describeGrowth(footprints: readonly Footprint[]): string[] {
  return trends(footprints).map(({ name, early, late, first, last, bound }) => {
    const show = (value: number): string => (name === 'rss' || name === 'uss' ? `${(value / 2 ** 20).toFixed(1)} MB` : String(value))
    return `${name}: first ${show(first)}, early ${show(early)}, late ${show(late)} (bound ${show(bound)}), last ${show(last)}`
  })
}

interface Trend {
  readonly name: keyof Footprint
  readonly first: number
  readonly last: number
  readonly early: number
  readonly late: number
  readonly bound: number
}

function trends(footprints: readonly Footprint[]): Trend[] {
  const steady = footprints.slice(Math.ceil(footprints.length * WARM_UP))
  const third = Math.max(1, Math.floor(steady.length / 3))
  return (Object.keys(BOUNDS) as (keyof Footprint)[]).map((name) => {
    const values = (some: readonly Footprint[]): number[] => some.map((footprint) => footprint[name])
    const [early, late] = [median(values(steady.slice(0, third))), median(values(steady.slice(-third)))]
    const [share, amount] = BOUNDS[name]
    const [first = NaN, last = NaN] = [footprints[0]?.[name], footprints.at(-1)?.[name]]
    return { name, first, last, early, late, bound: Math.ceil(early * (1 + share) + amount) }
  })
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2
}
