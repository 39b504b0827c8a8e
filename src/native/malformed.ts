/** Why a stream was refused, by the number that the backends give. Order as in src-native/procfs/smaps_parser.h. */
export const MALFORMED_REASONS = [
  'none',
  'the last line has no end',
  'a line is neither a mapping nor a field',
  "a mapping's line is not in the kernel's form",
  'a figure is not a number of kB',
  'a figure, or a sum, is larger than 2^53 - 1 kB',
  'a mapping has the same figure twice',
  'a figure stands before the first mapping',
  'a mapping has other figures than the first one, or no Rss',
  'mappings overlap or are out of order',
  'a rollup has more than one mapping',
] as const

/** The indexes of MALFORMED_REASONS, for the TypeScript parser. */
export const Malformed = {
  none: 0,
  truncated: 1,
  unknownLine: 2,
  badHeader: 3,
  badNumber: 4,
  numberTooLarge: 5,
  duplicateField: 6,
  orphanField: 7,
  fieldsDiffer: 8,
  outOfOrder: 9,
  secondRecord: 10,
} as const
