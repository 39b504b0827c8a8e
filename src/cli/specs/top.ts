import type { CommandSpec } from '../command.ts'

export const topSpec: CommandSpec = {
  name: 'top',
  summary: 'watch the memory of all processes live',
  arguments: '[SORT]',
  argumentCount: [0, 1],
  options: [
    { name: 'interval', short: 'i', value: 'TIME', summary: 'time between refreshes, 2s by default' },
    {
      name: 'sort', short: 's', value: 'COLUMN', summary: 'sort by this column, pss by default',
      choices: ['pid', 'user', 'count', 'pss', 'uss', 'rss', 'swap', 'grown', 'delta', 'age', 'command'],
    },
    { name: 'filter', short: 'P', value: 'RE', summary: 'show only processes whose name or command line matches' },
    { name: 'max-rss', value: 'SIZE', summary: 'list processes with a larger RSS, but do not read them' },
    { name: 'budget', value: 'PERCENT', summary: 'part of one core to use at most, 1% by default' },
    { name: 'count', value: 'N', summary: 'end after N refreshes' },
    { name: 'no-alt-screen', summary: 'draw on the normal screen and leave the last table there' },
  ],
  examples: [
    ['smem-ts top', 'largest PSS first'],
    ['smem-ts top grown', 'what has grown most since the start first'],
    ['smem-ts top --filter node --interval 5s', 'only node, every 5 seconds'],
    ['smem-ts top --count 1 > now.txt', 'one table without escape sequences'],
  ],
  details: [
    'Figures are read again when the RSS of their process has moved by 1 MB, and every 30 s at the latest, within the budget; '
      + 'the column Age tells how old they are. When a round costs more than the budget allows, rounds become less frequent.',
    'In the table press h for the keys. Without a terminal, and with TERM=dumb, plain tables are printed one after the other.',
  ],
  load: async () => (await import('../top.ts')).run,
}
