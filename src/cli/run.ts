import { messageOf, SmemError } from '../errors.ts'
import { escapeText } from '../report/index.ts'
import { nearest } from '../nearest.ts'
import { ClosedPipe, type Output } from './output.ts'
import { UsageError, type CommandSpec } from './command.ts'
import { parseCommandLine } from './parse.ts'

export const ExitCode = { ok: 0, error: 1, usage: 2, incomplete: 3 } as const

/** Runs the command that `args` name, and turns whatever goes wrong into one line and an exit code. */
export async function runCommandLine(
  args: readonly string[], commands: readonly CommandSpec[], output: Output,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  try {
    const [spec, rest] = findCommand(args, commands)
    if (wantsHelp(rest)) {
      const { helpText } = await import('./help.ts')
      await output.write(helpText(spec, commands))
      return ExitCode.ok
    }
    const { values, positionals } = parseCommandLine(spec, rest)
    const run = await spec.load()
    return await run({ values, positionals, output, env })
  } catch (error) {
    return report(error, output)
  }
}

/** A first word that is no option names a command. */
function findCommand(args: readonly string[], commands: readonly CommandSpec[]): [CommandSpec, readonly string[]] {
  const [first = '', ...rest] = args
  const named = first !== '' && !first.startsWith('-')
  const spec = commands.find(({ name }) => name === (named ? first : ''))
  if (spec !== undefined) return [spec, named ? rest : args]
  const names = commands.map(({ name }) => name).filter((name) => name !== '')
  const near = nearest(first, names)
  const hint = near === undefined ? `the commands are ${names.join(', ')}` : `did you mean '${near}'?`
  throw new UsageError(`no command '${first}'; ${hint}`)
}

function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? undefined : end).some((arg) => arg === '--help' || arg === '-h')
}

function report(error: unknown, output: Output): number {
  if (error instanceof ClosedPipe) return ExitCode.ok
  const message = messageOf(error)
  output.note(escapeText(message))
  return isUsage(error) ? ExitCode.usage : ExitCode.error
}

/** The options that a command hands on to the library are checked there. */
function isUsage(error: unknown): boolean {
  if (error instanceof SmemError) return error.code === 'ERR_UNKNOWN_COLUMN'
  return error instanceof UsageError || error instanceof TypeError
}
