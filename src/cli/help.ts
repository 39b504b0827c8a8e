import type { CommandSpec, OptionSpec } from './command.ts'

/** What `--help` prints. */
export function helpText(spec: CommandSpec, commands: readonly CommandSpec[]): string {
  const invocation = spec.name === '' ? 'smem-ts' : `smem-ts ${spec.name}`
  const usage = [invocation, '[options]', spec.arguments].filter((part) => part !== undefined).join(' ')
  const others = commands.filter(({ name }) => name !== '')
  return [
    `Usage: ${usage}`,
    ...(spec.name === '' ? [`       smem-ts ${others.map(({ name }) => name).join('|')} [--help]`] : []),
    '',
    `${spec.summary}.`,
    ...(spec.details ?? []).flatMap((paragraph) => ['', ...paragraph.split('\n').flatMap((line) => wrapped(line, HELP_WIDTH))]),
    ...[...byGroup(spec.options)].flatMap(([group, options]) => ['', `${group}:`, ...optionLines(options)]),
    ...(spec.name === '' ? ['', 'Commands:', ...twoColumns(others.map(({ name, summary }) => [name, summary]))] : []),
    '',
    'Examples:',
    ...spec.examples.flatMap(([command, effect]) => [`  ${command}`, `      ${effect}`]),
    '',
  ].join('\n')
}

/** '-c, --columns LIST' */
export function optionLabel({ name, short, value }: OptionSpec): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`
  return short === undefined ? `    ${long}` : `-${short}, ${long}`
}

/** Options under their headings, in the order in which they come. */
export function byGroup(options: readonly OptionSpec[]): ReadonlyMap<string, OptionSpec[]> {
  const groups = new Map<string, OptionSpec[]>()
  for (const option of options) {
    const heading = option.group ?? 'Options'
    groups.set(heading, [...(groups.get(heading) ?? []), option])
  }
  return groups
}

function optionLines(options: readonly OptionSpec[]): string[] {
  return twoColumns(options.map((option) => [optionLabel(option), option.summary]))
}

const LABEL_WIDTH = 26
const HELP_WIDTH = 100

/** The text beside a label, or below it when the label is long. */
function twoColumns(rows: readonly (readonly [string, string])[]): string[] {
  return rows.flatMap(([label, text]) => label.length < LABEL_WIDTH
    ? besideLabel(label.padEnd(LABEL_WIDTH), text)
    : [`  ${label}`, ...besideLabel(' '.repeat(LABEL_WIDTH), text)])
}

function besideLabel(label: string, text: string): string[] {
  return wrapped(text, HELP_WIDTH - LABEL_WIDTH - 2)
    .map((line, index) => `  ${index === 0 ? label : ' '.repeat(LABEL_WIDTH)}${line}`)
}

/** Broken at blanks, so that no line is longer than `width`, but for words that are. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
