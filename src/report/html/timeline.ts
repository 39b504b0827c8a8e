/** A chart has no more points than a wide screen has pixels to tell them apart. */
const MAX_POINTS = 1200

/** A pause is a gap when it is this many times as long as the usual one. */
const GAP_FACTOR = 3

/**
 * The places that a chart of these totals shows: all, or of each run of neighbours the one with the highest total, so that
 * peaks stay and every point is a real reading. The first and the last are always there.
 */
export function thinOut(totals: readonly number[], maxPoints = MAX_POINTS): number[] {
  const count = totals.length
  if (count <= maxPoints) return totals.map((_, index) => index)
  const runs = maxPoints - 2
  const kept = [0]
  for (let run = 0; run < runs; run++) {
    const from = 1 + Math.floor(run * (count - 2) / runs)
    const to = 1 + Math.floor((run + 1) * (count - 2) / runs)
    let highest = from
    for (let index = from + 1; index < to; index++) {
      if ((totals[index] ?? 0) > (totals[highest] ?? 0)) highest = index
    }
    kept.push(highest)
  }
  return [...kept, count - 1]
}

/** The places in `kept` before which there is a gap in `times`: a pause of several times the median. */
export function gapsIn(times: readonly number[], kept: readonly number[]): number[] {
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  const usual = [...pauses].sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0
  const isGap = (index: number): boolean => (pauses[index - 1] ?? 0) > usual * GAP_FACTOR && usual > 0
  return kept.flatMap((place, at) => {
    if (at === 0) return []
    for (let index = (kept[at - 1] ?? 0) + 1; index <= place; index++) if (isGap(index)) return [at]
    return []
  })
}

export function pick<T>(values: readonly T[], places: readonly number[]): T[] {
  return places.flatMap((place) => {
    const value = values[place]
    return value === undefined ? [] : [value]
  })
}
