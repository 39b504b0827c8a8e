import type { CommandSpec, OptionSpec } from '../src/cli/command.ts'
import { byGroup } from '../src/cli/help.ts'
import { bold, italic, macro, roffText } from './roff.ts'

/** The manual page of the command, in the man macros of groff and mandoc. */
export function manPage(commands: readonly CommandSpec[], version: string): string {
  const [listing] = commands
  if (listing === undefined) throw new TypeError('a manual needs commands')
  const named = commands.filter(({ name }) => name !== '')
  return `${[
    macro('TH', 'SMEM\\-TS', '1', '', `smem\\-ts ${roffText(version)}`, 'User Commands'),
    macro('SH', 'NAME'),
    'smem\\-ts \\- show what processes really use: USS, PSS and RSS',
    macro('SH', 'SYNOPSIS'),
    ...commands.flatMap(synopsis),
    macro('SH', 'DESCRIPTION'),
    ...DESCRIPTION,
    macro('SH', 'OPTIONS'),
    ...bodyOf(listing),
    macro('SH', 'COMMANDS'),
    'Each command also takes',
    `${bold('-h')}, ${bold('--help')}.`,
    'Long options may be cut as long as they are unambiguous.',
    ...named.flatMap((spec) => [macro('SS', invocationOf(spec).map(roffText).join(' ')), ...bodyOf(spec)]),
    macro('SH', 'EXIT STATUS'),
    ...EXIT_STATUS.flatMap(([code, meaning]) => tagged(bold(code), roffText(meaning))),
    macro('SH', 'ENVIRONMENT'),
    ...ENVIRONMENT.flatMap(([name, meaning]) => tagged(bold(name), roffText(meaning))),
    macro('SH', 'FILES'),
    ...FILES.flatMap(([path, meaning]) => tagged(italic(path), roffText(meaning))),
    macro('SH', 'SEE ALSO'),
    SEE_ALSO.map(([name, section]) => `${bold(name)}(${section})`).join(',\n'),
  ].join('\n')}\n`
}

const DESCRIPTION = [
  roffText(
    'Resident memory counts a page that ten processes share ten times. smem-ts shows, from what the kernel knows of each page:'),
  ...tagged(bold('RSS'), roffText('resident set size: every page that a process has in memory, shared or not.')),
  ...tagged(bold('PSS'), roffText(
    'proportional set size: each page divided by the number of processes that map it. Sums over processes are true.')),
  ...tagged(bold('USS'), roffText(
    'unique set size: the pages that no other process maps, which are free when the process ends. '
    + 'Huge pages of hugetlbfs are in none of the three; they have columns of their own.')),
  '.PP',
  roffText(
    'Without a command it lists processes as smem does, with its options. Only processes that the user may inspect can be read: '
    + 'of all others the RSS is known, and a line on standard error says how many they are and what would help.'),
]

const EXIT_STATUS = [
  ['0', 'Done. A closed pipe is no error.'],
  ['1', 'Something failed; standard error says what.'],
  ['2', 'The command line was wrong.'],
  ['3', 'With --strict: something could not be read.'],
  ['129, 130, 143', 'capture was ended by SIGHUP, SIGINT or SIGTERM before there was a result.'],
] as const

const ENVIRONMENT = [
  ['NO_COLOR', 'Not empty: no colours.'],
  ['SMEM_TS_BACKEND', '"typescript": read without the native addon. "native": fail where it is missing.'],
  ['TERM', '"dumb": no colours, and top prints plain tables.'],
] as const

const FILES = [
  ['/proc/PID/smaps_rollup', 'The figures of one process (Linux 4.14).'],
  ['/proc/PID/smaps', 'The same for each mapping.'],
  ['/proc/PID/statm', 'RSS, cheap, and readable by everybody.'],
  ['/proc/PID/cgroup', 'Where containers and units have their names from.'],
  ['/proc/meminfo', 'The memory of the machine.'],
] as const

const SEE_ALSO = [
  ['proc_meminfo', 5], ['proc_pid_smaps', 5], ['capabilities', 7], ['cgroups', 7], ['smem', 8],
] as const

function invocationOf({ name, arguments: label }: CommandSpec): string[] {
  return ['smem-ts', name, '[options]', label ?? ''].filter((word) => word !== '')
}

function synopsis(spec: CommandSpec): string[] {
  const { name, arguments: label = '' } = spec
  const command = bold(name === '' ? 'smem-ts' : `smem-ts ${name}`)
  return [[command, `[${italic('options')}]`, italic(label)].filter((word) => word !== italic('')).join(' '), '.br']
}

/** What a command does, its options, and its examples. */
function bodyOf(spec: CommandSpec): string[] {
  const groups = [...byGroup(spec.options)]
  return [
    roffText(`${spec.summary}.`),
    ...(spec.details ?? []).flatMap((paragraph) => ['.PP', roffText(paragraph.replaceAll('\n', ' '))]),
    ...groups.flatMap(([heading, options]) => [
      ...(groups.length === 1 ? [] : ['.PP', roffText(`${heading}:`)]),
      ...options.flatMap((option) => tagged(labelOf(option), summaryOf(option))),
    ]),
    '.PP',
    'Examples:',
    ...spec.examples.flatMap(([command, effect]) => tagged(bold(command), roffText(effect))),
  ]
}

function labelOf({ name, short, value }: OptionSpec): string {
  const names = short === undefined ? bold(`--${name}`) : `${bold(`-${short}`)}, ${bold(`--${name}`)}`
  return value === undefined ? names : `${names} ${italic(value)}`
}

function summaryOf({ summary, choices }: OptionSpec): string {
  const missing = (choices ?? []).filter((choice) => !summary.includes(choice))
  return roffText(missing.length === 0 ? summary : `${summary}: ${(choices ?? []).join(', ')}`)
}

function tagged(label: string, text: string): string[] {
  return ['.TP', label, text]
}
