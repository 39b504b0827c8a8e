import type { CommandSpec } from '../command.ts'

export const reportSpec: CommandSpec = {
  name: 'report',
  summary: 'Make a page for the browser from a record or a capture',
  arguments: 'FILE',
  argumentCount: [1, 1],
  options: [
    { name: 'output', short: 'o', value: 'FILE', summary: 'Where to write the page; - is standard output (default report.html)' },
    { name: 'title', value: 'TEXT', summary: 'Heading of the page (default the name of FILE)' },
  ],
  examples: [
    ['smem-ts report night.ndjson', 'a time line and a table, in report.html'],
    ['smem-ts report -o web-3.html --title "web-3 under load" web-3.tar.gz', 'one moment, from a capture'],
    ['smem-ts --json | smem-ts report -o now.html /dev/stdin', 'this machine, now'],
  ],
  details: [
    'FILE is a record (of smem-ts record), a capture (of smem-ts capture, smemcap or tar), a directory that holds proc/, or '
      + 'what the listing prints with --json. The page shows PSS by program over time, the memory of the machine, and the '
      + 'processes at the end with what they have gained.',
    'The page is one file that loads nothing from anywhere. It holds command lines: nobody but you may read it until you say so.',
  ],
  load: async () => (await import('../report.ts')).run,
}
