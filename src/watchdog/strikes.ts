/** A worker's id, or the pool as a whole. */
export type Who = number | 'pool'

/**
 * Violations in a row, for each monitor and each worker. Ids are never used twice, so a replacement starts without strikes.
 */
export class Strikes {
  readonly #counts = new Map<string, ReadonlyMap<Who, number>>()

  /**
   * One tick of one monitor: one more for the violated, none left for those that are well, and for the unknown the same as before.
   * Returns the counts of the violated.
   */
  judge(monitor: string, violated: ReadonlySet<Who>, unknown: ReadonlySet<Who>): ReadonlyMap<Who, number> {
    const before = this.#counts.get(monitor)
    const counts = new Map([...violated].map((who) => [who, (before?.get(who) ?? 0) + 1]))
    const kept = [...unknown].flatMap((who): [Who, number][] => {
      const count = before?.get(who)
      return count === undefined || violated.has(who) ? [] : [[who, count]]
    })
    this.#counts.set(monitor, new Map([...counts, ...kept]))
    return counts
  }
}
