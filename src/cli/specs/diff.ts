import type { CommandSpec } from '../command.ts'

export const diffSpec: CommandSpec = {
  name: 'diff',
  summary: 'Show what grew between two captures, or within a record',
  arguments: 'A [B]',
  argumentCount: [1, 2],
  options: [
    { name: 'by', value: 'WHAT', choices: ['process', 'program', 'mapping'], summary: 'What a row is (default process)' },
    {
      name: 'sort', short: 's', value: 'FIGURE', choices: ['pss', 'uss', 'rss', 'swap'],
      summary: 'Sort by its growth (default pss)',
    },
    { name: 'from', value: 'TIME', summary: 'Of a record: the first sample at that time or later (default the first)' },
    { name: 'to', value: 'TIME', summary: 'Of a record: the last sample at that time or earlier (default the last)' },
    { name: 'all', summary: 'Rows too in which nothing has changed' },
    { name: 'limit', short: 'n', value: 'N', summary: 'Only the first N rows' },
    { name: 'json', summary: 'JSON instead of a table, in bytes' },
  ],
  examples: [
    ['smem-ts diff before.tar.gz after.tar.gz', 'two captures'],
    ['smem-ts diff --by program night.ndjson', 'the first and the last sample of a record'],
    ['smem-ts diff night.ndjson@1 night.ndjson@-10', 'its first sample and the tenth from its end'],
    ['smem-ts diff --from 2026-03-01T02:00Z --to 2026-03-01T03:00Z night.ndjson', 'one hour of it'],
    ['smem-ts diff --by mapping -n 20 before.tar.gz after.tar.gz', 'the files and heaps that grew most'],
  ],
  details: [
    'A and B are captures (of smem-ts capture, smemcap or tar), directories that hold proc/, records, or what the listing '
      + 'prints with --json. Of a record, A is its first sample and B its last one; FILE@N is the N-th, FILE@-1 the last. '
      + 'With one argument both are of the same record.',
    'TIME is a date and time as in ISO 8601 (2026-03-01T02:00, local unless it ends in Z or an offset such as +01:00), a day (its '
      + 'beginning), or seconds since 1970, of nine digits at least (or milliseconds, of twelve).',
    'A process is the same in both when its pid and its start time are; a pid that was used again is another process.',
  ],
  load: async () => (await import('../diff.ts')).run,
}
