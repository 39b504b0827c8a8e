import type { CommandSpec } from '../command.ts'

export const recordSpec: CommandSpec = {
  name: 'record',
  summary: 'Write down what every process uses, again and again',
  options: [
    { name: 'output', short: 'o', value: 'FILE', summary: 'Where to; a record that exists is continued, - is standard output' },
    { name: 'every', value: 'TIME', summary: 'Time between samples, such as 30s (default 10s)' },
    { name: 'for', value: 'TIME', summary: 'How long, such as 1h (default until interrupted)' },
    { name: 'match', value: 'RE', summary: 'Only processes whose name or command line matches' },
    { name: 'pid', value: 'PIDS', summary: 'Only these processes, separated by commas' },
    { name: 'max-rss', value: 'SIZE', summary: 'Do not read processes with a larger RSS, such as 4G' },
    { name: 'budget', value: 'TIME', summary: 'Begin no more reads once a sample has taken so long' },
    { name: 'mappings', summary: 'What each process has mapped, too: larger, and slower' },
  ],
  examples: [
    ['smem-ts record -o night.ndjson --every 30s --for 8h', 'one night'],
    ['smem-ts diff night.ndjson', 'what grew from its first sample to its last'],
    ['smem-ts record -o - --every 1s --match node | jq .processes[].usage.pss', 'to another program'],
  ],
  details: [
    'A record is NDJSON: a line that says what it is, then one line a sample. Each line is on the disk before the next sample is '
      + 'taken: a crash costs the last line at most, and the next run cuts its rest off and goes on.',
    'With --pid, processes that do not exist are told of; when none exists, nothing is recorded. With --match, processes are '
      + 'waited for. SIGINT, SIGTERM and SIGHUP are a regular end: the lines are whole, and the exit code is 0.',
    'Samples are due at fixed times. One that takes longer than the time between two skips those that were due meanwhile, and the '
      + 'next one says how many.',
  ],
  load: async () => (await import('../record.ts')).run,
}
