/** `command_runner.ts NAME ARGS...` does with one command what the front end does with all. */
import { UsageError, type CommandSpec } from '../../../src/cli/command.ts'
import { ClosedPipe, processOutput } from '../../../src/cli/output.ts'
import { parseCommandLine } from '../../../src/cli/parse.ts'
import { escapeText } from '../../../src/report/index.ts'

const [name = '', ...args] = process.argv.slice(2)
const output = processOutput(process.env)
try {
  const specs = await import(`../../../src/cli/specs/${name}.ts`) as Record<string, CommandSpec>
  const spec = specs[`${name}Spec`]
  if (spec === undefined) throw new Error(`no command ${name}`)
  const { values, positionals } = parseCommandLine(spec, args)
  const run = await spec.load()
  process.exitCode = await run({ values, positionals, output, env: process.env })
} catch (error) {
  if (error instanceof ClosedPipe) process.exitCode = 0
  else {
    output.note(escapeText((error as Error).message))
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}
