import type { GroupKilobytes, SnapshotProcess } from '../../processes/index.ts'

/** What the views need of one mapping, or of several of one name together. Figures in kB, NaN where not known. */
export interface SmemMapping extends Omit<GroupKilobytes, 'count'> {
  /** How many mappings they are. Default 1. */
  readonly count?: number
}

export interface SmemProcess {
  readonly pid: number
  /** The effective uid. */
  readonly uid: number
  /** The name of that user, or the uid as text. */
  readonly user: string
  readonly comm: string
  /** The arguments with blanks between; empty when the process has none. */
  readonly command: string
  /** None: a kernel thread, a zombie, or a process that could not be read. Such have no row. */
  readonly mappings: readonly SmemMapping[]
  /** kB resident of a process that was left unread on purpose: its row shows this and nothing else. */
  readonly unreadRss?: number
  /** All that is known of it, for columns that smem does not have. */
  readonly scanned?: SnapshotProcess
}

export interface SmemFilters {
  /** Is asked in the views of processes, users and mappings; the system view knows no filter. */
  readonly process?: (process: SmemProcess) => boolean
  /** By the user's name, also where uids are shown. */
  readonly user?: (user: string) => boolean
  /** Whether the mapping counts. A process without any that does has no row. */
  readonly mapping?: (name: string) => boolean
}
