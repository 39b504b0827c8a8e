/** One line of the live table: a process, or a group of them. Figures in bytes; undefined is not known. */
export interface TopRow {
  /** undefined for a group. */
  readonly pid: number | undefined
  /** undefined for a group that has no one user. */
  readonly user: string | undefined
  /** The command line, or the group's name: as other processes wrote it, not yet escaped. */
  readonly label: string
  /** Processes in it: 1 for a process. */
  readonly count: number
  readonly pss: number | undefined
  readonly uss: number | undefined
  readonly rss: number | undefined
  readonly swap: number | undefined
  /** PSS of the process and all its descendants; only in a tree. */
  readonly subtreePss: number | undefined
  /** Some of the processes summed here could not be read. */
  readonly partial: boolean
  /** Of PSS, since it was first read. */
  readonly sinceStart: number | undefined
  /** Of PSS, since the round before. */
  readonly sinceLast: number | undefined
  /** Milliseconds since the figures were read; the oldest of a group. */
  readonly ageMs: number | undefined
  /** RSS has moved since, or the figures are older than they should be. */
  readonly stale: boolean
  /** The code for which it could not be read. */
  readonly unread: string | undefined
  /** PSS of the last rounds, the latest last. */
  readonly trend: readonly (number | undefined)[]
  /** Place in the tree: for each generation, whether more siblings follow. Empty without a tree, and for its roots. */
  readonly branches: readonly boolean[]
}

export const TOP_SORTS = [
  'pid', 'user', 'count', 'pss', 'uss', 'rss', 'swap', 'grown', 'delta', 'age', 'command',
] as const

/** What rows can be sorted by: `grown` is the change since the start, `delta` that since the last round. */
export type TopSort = (typeof TOP_SORTS)[number]

export const TOP_UNITS = ['suffixes', 'kilobytes', 'percent'] as const
export type TopUnits = (typeof TOP_UNITS)[number]

export const TOP_GROUPS = ['none', 'user', 'program', 'cgroup'] as const
export type TopGroup = (typeof TOP_GROUPS)[number]
