/** `smem-ts top` from its sources: what the command's frame does, and no more. */
import { UsageError } from '../../../src/cli/command.ts'
import { ClosedPipe, processOutput } from '../../../src/cli/output.ts'
import { parseCommandLine } from '../../../src/cli/parse.ts'
import { topSpec } from '../../../src/cli/specs/top.ts'

async function main(): Promise<number> {
  const output = processOutput(process.env)
  try {
    const parsed = parseCommandLine(topSpec, process.argv.slice(2))
    const run = await topSpec.load()
    return await run({ ...parsed, output, env: process.env })
  } catch (error) {
    if (error instanceof ClosedPipe) return 0
    output.note((error as Error).message)
    return error instanceof UsageError ? 2 : 1
  }
}

process.exitCode = await main()
