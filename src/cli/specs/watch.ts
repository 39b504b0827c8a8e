import type { CommandSpec } from '../command.ts'

const PROCESSES = 'Which processes'
const LIMITS = 'Limits'
const ACTING = 'What is done'

export const watchSpec: CommandSpec = {
  name: 'watch',
  summary: 'End processes that use too much memory',
  options: [
    { name: 'pid', value: 'PIDS', summary: 'These processes, separated by commas', group: PROCESSES },
    { name: 'pidfile', value: 'FILE', summary: 'The one whose id is in the file, which may come and go', group: PROCESSES },
    { name: 'cgroup', value: 'PATH', summary: 'Those of a control group and of the groups below it', group: PROCESSES },
    { name: 'match', value: 'RE', summary: 'Of these, or of all: those whose name or command line matches', group: PROCESSES },
    { name: 'max-uss', value: 'LIMIT', summary: 'What it has for itself: 600MB, or 40% of the memory limit', group: LIMITS },
    { name: 'max-pss', value: 'LIMIT', summary: 'The same, and its share of the rest', group: LIMITS },
    { name: 'max-rss', value: 'LIMIT', summary: 'All that is resident, shared memory in full', group: LIMITS },
    { name: 'max-pool-pss', value: 'LIMIT', summary: 'The sum of PSS of all: the largest USS goes', group: LIMITS },
    { name: 'growth', value: 'FACTOR', summary: 'A multiple of the USS that it had at first, such as 3', group: LIMITS },
    { name: 'max-age', value: 'TIME', summary: 'How long a process may run', group: LIMITS },
    { name: 'pressure', summary: 'When the kernel tells of memory pressure: the one with the largest USS goes', group: LIMITS },
    { name: 'strikes', value: 'N', summary: 'How often in a row a limit must be exceeded (default 3)', group: LIMITS },
    { name: 'interval', value: 'TIME', summary: 'How often it is looked (default 5s)', group: LIMITS },
    { name: 'warm-up', value: 'TIME', summary: 'How long after its start no limit counts (default 0s)', group: LIMITS },
    { name: 'signal', value: 'NAME', summary: 'What asks a process to end (default TERM)', group: ACTING },
    { name: 'kill-after', value: 'TIME', summary: 'It is sent KILL when it has not ended by then (default 30s)', group: ACTING },
    { name: 'dry-run', summary: 'Say what would be done, and do nothing', group: ACTING },
    { name: 'for', value: 'TIME', summary: 'How long to watch, such as 1h (default until interrupted)' },
    { name: 'json', summary: 'NDJSON: one object a decision and an effect' },
  ],
  examples: [
    ['smem-ts watch --match \'node server\' --max-uss 600MB --dry-run', 'what would be ended, and why'],
    ['smem-ts watch --pidfile /run/app.pid --max-uss 600MB', 'one service, also after it was restarted'],
    ['smem-ts watch --cgroup /sys/fs/cgroup/app.slice --max-pool-pss 80%', 'many, before their control group is full'],
    ['smem-ts watch --pid 4711 --growth 3 --signal USR2 --kill-after 5m', 'a signal that the program knows, and time'],
  ],
  details: [
    'Looks at the RSS of each process at every interval, which costs some microseconds, and reads more only of those that come '
      + 'near a limit. What exceeds a limit several times in a row is sent the signal and, when it does not end in time, KILL. '
      + 'Nothing is started in its place: that is for whoever supervises it. What the end of a process has freed is measured and '
      + 'told; when it freed too little, as after a restart that uses as much again, what comes in its place is left alone.',
    'Processes are held by pid and start time: whoever gets the pid of one that has ended is never sent its signal. This command '
      + 'itself, those above it, process 1 and kernel threads are never watched.',
    'Run by systemd it tells how it is (Type=notify, WatchdogSec=). The exit code is 0 when --for is over, when all of '
      + '--pid have ended, and after SIGINT, SIGTERM and SIGHUP. docs/watch.md has more, and a unit.',
  ],
  load: async () => (await import('../watch.ts')).run,
}
