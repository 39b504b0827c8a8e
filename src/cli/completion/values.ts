import type { CommandSpec, OptionSpec } from '../command.ts'

/** What a shell can offer for the value of an option, or for an argument. */
export type Values =
  | { readonly kind: 'words', readonly words: readonly string[] }
  /** One name of a column, or several with commas between them. */
  | { readonly kind: 'column' | 'columns' }
  /** One process, or several with commas between them. */
  | { readonly kind: 'pid' | 'pids' }
  | { readonly kind: 'file' | 'user' }
  /** A value is due, and nobody knows which: sizes, times, expressions. */
  | { readonly kind: 'unknown' }

/** undefined for a switch. */
export function valuesOf({ name, value, choices }: OptionSpec): Values | undefined {
  if (value === undefined) return undefined
  if (choices !== undefined) return { kind: 'words', words: choices }
  if (name === 'userfilter') return { kind: 'user' }
  return { kind: KINDS[value] ?? 'unknown' }
}

const KINDS: Readonly<Record<string, Exclude<Values['kind'], 'words'>>> = {
  COLUMN: 'column',
  DIR: 'file',
  FILE: 'file',
  LIST: 'columns',
  PID: 'pid',
  PIDS: 'pids',
  SOURCE: 'file',
}

/** undefined where the command takes no arguments. */
export function argumentValues({ arguments: label, options }: CommandSpec): Values | undefined {
  if (label === undefined) return undefined
  const name = label.replaceAll(/[[\].]/g, '')
  if (name.includes('|')) return { kind: 'words', words: name.split('|') }
  const sameOption = options.find((option) => option.name === name.toLowerCase() && option.choices !== undefined)
  if (sameOption !== undefined) return valuesOf(sameOption)
  return { kind: KINDS[name] ?? 'file' }
}

/** The command's options, with the help that each has. */
export function completeOptions({ options }: CommandSpec): readonly OptionSpec[] {
  return options.some(({ name }) => name === 'help')
    ? options
    : [...options, { name: 'help', short: 'h', summary: 'What the command does and takes' }]
}

/** The letters of the short options, those that take no value, and those that take one. */
export function shortLetters(options: readonly OptionSpec[]): { readonly switches: string, readonly valued: string } {
  const letters = (takesValue: boolean): string => options
    .filter(({ value }) => (value !== undefined) === takesValue)
    .map(({ short }) => short ?? '')
    .join('')
  return { switches: letters(false), valued: letters(true) }
}
