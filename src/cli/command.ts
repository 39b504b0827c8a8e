import type { Output } from './output.ts'

/** One option as help, completion, the man page and the parser see it. */
export interface OptionSpec {
  /** Long name without dashes. */
  readonly name: string
  /** Short name without dash. */
  readonly short?: string
  /** What its value is called in help, 'SIZE'; without it the option is a switch. */
  readonly value?: string
  /** One line, without a full stop. */
  readonly summary: string
  /** The values it takes, when they are few. */
  readonly choices?: readonly string[]
  /** Heading it stands under in help; default 'Options'. */
  readonly group?: string
}

/** What a command says of itself. Its code is loaded when it runs. */
export interface CommandSpec {
  /** '' for the command that runs when none is named. */
  readonly name: string
  /** One line, without a full stop. */
  readonly summary: string
  /** Its arguments in the usage line: 'FILE', 'A B', '[SORT]'. */
  readonly arguments?: string
  /** How many arguments it takes. @default [0, 0] */
  readonly argumentCount?: readonly [min: number, max: number]
  readonly options: readonly OptionSpec[]
  /** [command line, what it does] */
  readonly examples: readonly (readonly [string, string])[]
  /** Paragraphs that help shows after the usage line. */
  readonly details?: readonly string[]
  load(): Promise<RunCommand>
}

/** Returns the exit code. Throws `UsageError` for exit code 2; any other error is exit code 1. */
export type RunCommand = (invocation: Invocation) => Promise<number>

export interface Invocation {
  /** By long name: the string of an option with a value, true for a switch. */
  readonly values: Readonly<Record<string, string | true | undefined>>
  readonly positionals: readonly string[]
  readonly output: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The command line was wrong: the message says what, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The string given for an option, or undefined. */
export function stringOf(invocation: Invocation, name: string): string | undefined {
  const value = invocation.values[name]
  return typeof value === 'string' ? value : undefined
}

export function isSet(invocation: Invocation, name: string): boolean {
  return invocation.values[name] !== undefined
}
