import type { CommandSpec } from '../command.ts'

const VIEWS = 'What is shown'
const FORM = 'How it is shown'
const MACHINE = 'For programs'
const LIMITS = 'Limits'

/** Everything smem has, under its names, and what it never had. */
export const listSpec: CommandSpec = {
  name: '',
  summary: 'Shows what processes really use: USS, PSS and RSS',
  details: [
    'PSS divides each shared page by its users, so that sums are true; USS is what ending the process would free.\n'
    + 'Figures are kB unless -k or -p is given. What could not be read is told on standard error.',
  ],
  options: [
    { name: 'mappings', short: 'm', summary: 'by mapped file, over all processes', group: VIEWS },
    { name: 'users', short: 'u', summary: 'by user', group: VIEWS },
    { name: 'system', short: 'w', summary: 'the whole machine', group: VIEWS },
    {
      name: 'by', value: 'GROUP', summary: 'by user, program, cgroup, container, unit, tree or mapping', group: VIEWS,
      choices: ['user', 'program', 'cgroup', 'container', 'unit', 'tree', 'mapping'],
    },
    { name: 'tree', summary: 'as a tree: each process with its own memory and its subtree\'s', group: VIEWS },
    { name: 'processfilter', short: 'P', value: 'RE', summary: 'processes whose name or command matches', group: VIEWS },
    { name: 'mapfilter', short: 'M', value: 'RE', summary: 'mappings whose name matches', group: VIEWS },
    { name: 'userfilter', short: 'U', value: 'RE', summary: 'processes whose user\'s name matches', group: VIEWS },
    { name: 'source', short: 'S', value: 'SOURCE', summary: 'a capture, or a directory with proc/ in it', group: VIEWS },
    { name: 'columns', short: 'c', value: 'LIST', summary: 'columns; "help" explains them', group: FORM },
    { name: 'sort', short: 's', value: 'COLUMN', summary: 'sort by this column, shown or not', group: FORM },
    { name: 'reverse', short: 'r', summary: 'largest first', group: FORM },
    { name: 'totals', short: 't', summary: 'a line of totals', group: FORM },
    { name: 'no-header', short: 'H', summary: 'no header line', group: FORM },
    { name: 'autosize', short: 'a', summary: 'columns as wide as the terminal allows', group: FORM },
    { name: 'numeric', short: 'n', summary: 'uids in place of user names', group: FORM },
    { name: 'abbreviate', short: 'k', summary: 'K, M, G and T in place of kB', group: FORM },
    { name: 'percent', short: 'p', summary: 'per cent of the memory', group: FORM },
    { name: 'realmem', short: 'R', value: 'SIZE', summary: 'the machine\'s real memory, with a unit: 16G', group: FORM },
    { name: 'kernel', short: 'K', value: 'FILE', summary: 'the uncompressed kernel image, for -w', group: FORM },
    { name: 'pie', value: 'COLUMN', summary: 'a pie chart labelled by this column, as SVG', group: FORM },
    { name: 'bar', value: 'COLUMN', summary: 'a bar chart labelled by this column, as SVG', group: FORM },
    { name: 'output', short: 'o', value: 'FILE', summary: 'where the chart goes; - for standard output', group: FORM },
    { name: 'chart', summary: 'bars in the terminal; with --pie or --bar in place of SVG', group: FORM },
    { name: 'json', summary: 'one JSON object, in bytes', group: MACHINE },
    { name: 'ndjson', summary: 'one JSON object a line, in bytes', group: MACHINE },
    { name: 'csv', summary: 'comma-separated values, in bytes', group: MACHINE },
    { name: 'strict', summary: 'exit with 3 when something could not be read', group: MACHINE },
    { name: 'max-rss', value: 'SIZE', summary: 'do not read larger processes, show their RSS only', group: LIMITS },
    { name: 'budget', value: 'TIME', summary: 'stop reading after this time: 50ms, 2s', group: LIMITS },
    { name: 'threads', value: 'N', summary: 'how many threads read', group: LIMITS },
    { name: 'help', short: 'h', summary: 'this help' },
    { name: 'version', summary: 'the version' },
  ],
  examples: [
    ['smem-ts -k -t -r', 'all processes, largest first, with units and totals'],
    ['smem-ts -P node -c pid,command,uss,pss,rss', 'the Node processes'],
    ['smem-ts --by container -k -r', 'containers by their share of the memory'],
    ['smem-ts --tree -k', 'who started what, and what it all takes together'],
    ['smem-ts -m -M \'\\.so\' -t', 'shared libraries'],
    ['smem-ts --max-rss 4G --budget 200ms', 'without stalling large processes'],
    ['smem-ts --json | jq ".processes[0].usage.pss"', 'for programs'],
  ],
  load: async () => (await import('../list.ts')).run,
}
