import type { RunCommand } from './command.ts'
import { runLive } from './top/live.ts'
import { topOptions } from './top/options.ts'
import { runPlain } from './top/plain.ts'

/** The live table; without a terminal that can move its cursor, plain tables one after the other. */
export const run: RunCommand = async (invocation) => {
  const options = topOptions(invocation)
  const { output, env } = invocation
  return output.isTerminal && env['TERM'] !== 'dumb' ? runLive(options, output, env) : runPlain(options, output)
}
