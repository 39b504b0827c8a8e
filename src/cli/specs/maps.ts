import type { CommandSpec } from '../command.ts'

export const mapsSpec: CommandSpec = {
  name: 'maps',
  summary: 'Explain one process: what its memory is, and what it shares',
  arguments: 'PID',
  argumentCount: [1, 1],
  options: [
    { name: 'with', summary: 'For each file: how many other processes map it, and which programs' },
    { name: 'all', summary: 'Every mapping as one line, with addresses and flags' },
    {
      name: 'sort', short: 's', value: 'FIGURE',
      choices: ['pss', 'uss', 'shared', 'rss', 'swap', 'size', 'count', 'name', 'address'],
      summary: 'Sort by it (default pss; with --all address)',
    },
    { name: 'reverse', short: 'r', summary: 'Smallest first' },
    { name: 'limit', short: 'n', value: 'N', summary: 'At most N lines of each kind; with --all, of all' },
    { name: 'abbreviate', short: 'k', summary: 'K, M, G and T in place of kB' },
    { name: 'json', summary: 'JSON instead of a table, in bytes' },
    { name: 'csv', summary: 'CSV instead of a table, in bytes' },
    { name: 'proc', value: 'DIR', summary: 'Where procfs is mounted (default /proc)' },
  ],
  examples: [
    ['smem-ts maps -k 4711', 'its program, libraries, heap, stacks and the rest'],
    ['smem-ts maps --with 4711', 'what it shares, and with whom'],
    ['smem-ts maps --all -s uss -n 20 4711', 'the 20 mappings with most private memory'],
    ['smem-ts maps --proc /host/proc 4711', 'a process of the host, from a container'],
    ['smem-ts maps self', 'this command itself'],
  ],
  details: [
    'Private is what no other process maps, and what would be free if this one ended. Shared is resident here and mapped '
      + 'by others too; PSS is private and a fair share of shared.',
    'The kernel names files, [heap] and [stack] only. Other kinds are told by flags, neighbours and alignment, and marked '
      + 'as guesses.',
  ],
  load: async () => (await import('../maps.ts')).run,
}
