import type { CommandSpec } from '../command.ts'

const WORKERS = 'Workers'
const LISTENING = 'Where they listen'
const MEMORY = 'When they are replaced'

export const runSpec: CommandSpec = {
  name: 'run',
  summary: 'Run an application as copy-on-write workers (experimental)',
  arguments: 'FILE',
  argumentCount: [1, 1],
  options: [
    { name: 'workers', value: 'N', summary: 'How many (default: as many as there are cores)', group: WORKERS },
    {
      name: 'mode', value: 'MODE', choices: ['cow', 'spawn', 'auto'], group: WORKERS,
      summary: 'cow: copies of one process (default); spawn: each by itself; auto: spawn where copies cannot be made',
    },
    { name: 'title', value: 'NAME', summary: 'What they are called in ps and top (default: the name of the file)', group: WORKERS },
    { name: 'drain-timeout', value: 'TIME', summary: 'How long a worker may finish its work (default 30s)', group: WORKERS },
    { name: 'port', value: 'PORT', summary: 'A TCP port; 0 for one that is free', group: LISTENING },
    { name: 'host', value: 'HOST', summary: 'Only this address (default: all)', group: LISTENING },
    { name: 'socket', value: 'PATH', summary: 'A Unix socket, beside the port or instead of it', group: LISTENING },
    {
      name: 'refork-after', value: 'N', group: MEMORY,
      summary: 'Copy all anew from the warmest when one has served so many requests; 1000,5000 for the first time and later',
    },
    { name: 'refork-when-it-pays', summary: 'Copy all anew when enough memory would come back', group: MEMORY },
    { name: 'max-uss', value: 'LIMIT', summary: 'Replace a worker that has so much for itself: 300MB, or 40%', group: MEMORY },
  ],
  examples: [
    ['smem-ts run app.js --workers 8 --port 3000', 'eight copies of one process'],
    ['smem-ts run app.js --port 3000 --refork-after 1000,5000', 'copied anew from a warm worker'],
    ['smem-ts run app.js --socket /run/app.sock --max-uss 300MB', 'behind a proxy, with a limit'],
  ],
  details: [
    'FILE is a module whose default export is what defineApp of smem-ts/mold returns: load() runs once, start() in each worker. '
      + 'Prints what each refork brought: the sum of PSS before and after, and how long it took. SIGUSR2 asks for one. The first '
      + 'SIGINT, SIGTERM or SIGHUP has all workers finish their work and ends, also while the application is loaded; the second '
      + 'ends at once.',
    'Copies need x86-64 Linux with glibc. docs/fork.md tells what a copy shares with the process that it was made of, and what '
      + 'keeps a process from being copied.',
  ],
  load: async () => (await import('../run_app.ts')).run,
}
