import { nearest } from '../nearest.ts'
import { UsageError, type CommandSpec, type RunCommand } from './command.ts'
import { bashCompletion } from './completion/bash.ts'
import { listColumns, type ColumnSet } from './completion/columns.ts'
import { fishCompletion } from './completion/fish.ts'
import { zshCompletion } from './completion/zsh.ts'
import { COMMANDS } from './specs/index.ts'

type Generator = (commands: readonly CommandSpec[], columns: readonly ColumnSet[]) => string

const SHELLS: ReadonlyMap<string, Generator> = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
])

/** Prints the script that teaches a shell our commands. */
export const run: RunCommand = async ({ positionals: [shell = ''], output }) => {
  const generate = SHELLS.get(shell)
  if (generate === undefined) {
    const near = nearest(shell, [...SHELLS.keys()])
    const hint = near === undefined ? `there are ${[...SHELLS.keys()].join(', ')}` : `did you mean '${near}'?`
    throw new UsageError(`no completion for '${shell}'; ${hint}`)
  }
  await output.write(generate(COMMANDS, listColumns(COMMANDS)))
  return 0
}
