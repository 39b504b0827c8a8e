/**
 * What a report page holds, as it is embedded: columns rather than rows, kB rather than bytes, names once. The page's
 * script reads exactly this. Text is escaped for display; `null` is not known.
 */
export interface ReportData {
  readonly title: string
  /** Milliseconds since the epoch of the first reading; null where the source does not tell. */
  readonly start: number | null
  /** How many readings there were; `times` may hold fewer. */
  readonly readings: number
  /** Milliseconds since `start`, ascending. Of long recordings some readings, the highest of their neighbours. */
  readonly times: readonly number[]
  /** Places in `times` before which nothing was recorded for a while. */
  readonly gaps: readonly number[]
  readonly machine: {
    readonly total: readonly (number | null)[]
    readonly used: readonly (number | null)[]
    readonly swap: readonly (number | null)[]
  }
  /** Processes that have memory and were not read, and their RSS, at each time. */
  readonly unread: { readonly count: readonly number[], readonly rss: readonly number[] }
  /** Those with the most PSS over the recording, first the largest; the last one may be all others. */
  readonly programs: readonly ProgramSeries[]
  readonly processes: ProcessColumns
  /** Growth is kB in this many milliseconds. */
  readonly growthMs: number
  /** What could not be read; empty when everything was. */
  readonly coverage: readonly string[]
}

export interface ProgramSeries {
  readonly name: string
  /** How many programs this stands for; 0 for a program of its own. */
  readonly others: number
  /** Sum over its processes, at each time. */
  readonly pss: readonly number[]
}

/** The processes of the last reading, a row at the same place of each array. */
export interface ProcessColumns {
  readonly pid: readonly number[]
  /** Places in `users`. */
  readonly user: readonly number[]
  readonly users: readonly string[]
  /** Places in `names`. */
  readonly program: readonly number[]
  readonly names: readonly string[]
  readonly command: readonly string[]
  readonly uss: readonly (number | null)[]
  readonly pss: readonly (number | null)[]
  readonly rss: readonly (number | null)[]
  readonly swap: readonly (number | null)[]
  /** PSS now less PSS when first read. */
  readonly change: readonly (number | null)[]
  /** Slope of the straight line through all readings. */
  readonly growth: readonly (number | null)[]
  /** PSS over the recording: a digit of base 36 for each of up to 49 moments, '.' for none. */
  readonly trend: readonly string[]
  /** Why it was not read, as places in `reasons`, -1 for those that were. */
  readonly unread: readonly number[]
  readonly reasons: readonly string[]
}
