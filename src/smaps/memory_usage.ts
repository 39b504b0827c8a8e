import { FIELD_INDEX as F, type UsageSource } from '../native/index.ts'

/**
 * The figures of one process or one mapping, in bytes. A figure that this kernel does not have is `undefined`, never 0.
 * Names are those of proc_pid_smaps(5); the kernel version is the first one that has the figure.
 */
export interface MemoryFigures {
  /** Unique set size: Private_Clean + Private_Dirty. What ending the process would free; without hugetlb pages. */
  readonly uss: number | undefined
  /** Proportional set size: each resident page divided by the number of processes that map it (2.6.25). */
  readonly pss: number | undefined
  /** Resident set size: sharedClean + sharedDirty + privateClean + privateDirty. */
  readonly rss: number | undefined
  /** Resident, mapped by others too, unchanged since it was read from its file. */
  readonly sharedClean: number | undefined
  /** Resident, mapped by others too, changed. */
  readonly sharedDirty: number | undefined
  /** Resident, mapped by this process only, unchanged. */
  readonly privateClean: number | undefined
  /** Resident, mapped by this process only, changed. */
  readonly privateDirty: number | undefined
  /** Marked as accessed lately (2.6.22). */
  readonly referenced: number | undefined
  /** Belongs to no file, copied-on-write pages of files included (2.6.37). */
  readonly anonymous: number | undefined
  /** Swapped out; of shared memory objects all that is mapped counts (2.6.26). */
  readonly swap: number | undefined
  /** Proportional share of what is swapped out, without shared memory objects (4.3). */
  readonly swapPss: number | undefined
  /** The dirty part of pss (6.0). */
  readonly pssDirty: number | undefined
  /** The anonymous part of pss; rollup only (5.3). */
  readonly pssAnon: number | undefined
  /** The part of pss that is files; rollup only (5.3). */
  readonly pssFile: number | undefined
  /** The part of pss that is shared memory and tmpfs; rollup only (5.3). */
  readonly pssShmem: number | undefined
  /** Merged by kernel same-page merging, zero pages it placed excepted (6.6). */
  readonly ksm: number | undefined
  /** Marked MADV_FREE: goes when memory is short (4.12). */
  readonly lazyFree: number | undefined
  /** Anonymous memory in transparent huge pages (2.6.39). */
  readonly anonHugePages: number | undefined
  /** Shared memory mapped with huge pages (4.8). */
  readonly shmemPmdMapped: number | undefined
  /** Files mapped with huge pages (5.4). */
  readonly filePmdMapped: number | undefined
  /** hugetlbfs pages mapped by others too; in none of rss, pss and uss (4.4). */
  readonly sharedHugetlb: number | undefined
  /** hugetlbfs pages of this process only; in none of rss, pss and uss (4.4). */
  readonly privateHugetlb: number | undefined
  /** Locked into memory, proportional as pss is (2.6.38). */
  readonly locked: number | undefined
  /** VSS: the size of the address range, resident or not; smaps only. */
  readonly size: number | undefined
  /** How many mappings the process has; smaps only, and undefined for a single mapping. */
  readonly mappings: number | undefined
}

/** What one process uses. */
export interface MemoryUsage extends MemoryFigures {
  /**
   * The file that was read. Their pss differ by up to 1 kB a mapping, for smaps cuts each mapping's off to whole kB.
   * 'smaps' although 'rollup' was asked for: this kernel has no rollup.
   */
  readonly source: UsageSource
  /** What the read cost, in nanoseconds of CPU time; of wall time with the TypeScript backend. */
  readonly costNs: number
}

/** The figures that start at `figures[at]`, as an object. */
export function toMemoryFigures(figures: Float64Array, at = 0): MemoryFigures {
  return {
    uss: known(figures[at + F.uss]),
    pss: known(figures[at + F.pss]),
    rss: known(figures[at + F.rss]),
    sharedClean: known(figures[at + F.sharedClean]),
    sharedDirty: known(figures[at + F.sharedDirty]),
    privateClean: known(figures[at + F.privateClean]),
    privateDirty: known(figures[at + F.privateDirty]),
    referenced: known(figures[at + F.referenced]),
    anonymous: known(figures[at + F.anonymous]),
    swap: known(figures[at + F.swap]),
    swapPss: known(figures[at + F.swapPss]),
    pssDirty: known(figures[at + F.pssDirty]),
    pssAnon: known(figures[at + F.pssAnon]),
    pssFile: known(figures[at + F.pssFile]),
    pssShmem: known(figures[at + F.pssShmem]),
    ksm: known(figures[at + F.ksm]),
    lazyFree: known(figures[at + F.lazyFree]),
    anonHugePages: known(figures[at + F.anonHugePages]),
    shmemPmdMapped: known(figures[at + F.shmemPmdMapped]),
    filePmdMapped: known(figures[at + F.filePmdMapped]),
    sharedHugetlb: known(figures[at + F.sharedHugetlb]),
    privateHugetlb: known(figures[at + F.privateHugetlb]),
    locked: known(figures[at + F.locked]),
    size: known(figures[at + F.size]),
    mappings: known(figures[at + F.mappings]),
  }
}

export function toMemoryUsage(figures: Float64Array, at: number, source: UsageSource, costNs: number): MemoryUsage {
  // Two assignments to the fresh object: a spread or Object.assign is ten times as slow.
  const usage = toMemoryFigures(figures, at) as { -readonly [K in keyof MemoryUsage]: MemoryUsage[K] }
  usage.source = source
  usage.costNs = costNs
  return usage
}

function known(figure: number | undefined): number | undefined {
  return figure === undefined || Number.isNaN(figure) ? undefined : figure
}
