/**
 * Every figure, in the order of the arrays that the backends fill: [property, kernel's name].
 * src-native/procfs/fields.cc holds the same table; the loader refuses an addon whose table differs.
 */
export const FIELD_TABLE = [
  ['uss', ''],
  ['pss', 'Pss'],
  ['rss', 'Rss'],
  ['sharedClean', 'Shared_Clean'],
  ['sharedDirty', 'Shared_Dirty'],
  ['privateClean', 'Private_Clean'],
  ['privateDirty', 'Private_Dirty'],
  ['referenced', 'Referenced'],
  ['anonymous', 'Anonymous'],
  ['swap', 'Swap'],
  ['swapPss', 'SwapPss'],
  ['pssDirty', 'Pss_Dirty'],
  ['pssAnon', 'Pss_Anon'],
  ['pssFile', 'Pss_File'],
  ['pssShmem', 'Pss_Shmem'],
  ['ksm', 'KSM'],
  ['lazyFree', 'LazyFree'],
  ['anonHugePages', 'AnonHugePages'],
  ['shmemPmdMapped', 'ShmemPmdMapped'],
  ['filePmdMapped', 'FilePmdMapped'],
  ['sharedHugetlb', 'Shared_Hugetlb'],
  ['privateHugetlb', 'Private_Hugetlb'],
  ['locked', 'Locked'],
  ['size', 'Size'],
  ['mappings', ''],
] as const

export type FieldName = (typeof FIELD_TABLE)[number][0]

export const FIELD_COUNT = FIELD_TABLE.length

/** Index of a figure in a filled array. */
export const FIELD_INDEX = Object.freeze(
  Object.fromEntries(FIELD_TABLE.map(([name], index) => [name, index])),
) as Readonly<Record<FieldName, number>>
