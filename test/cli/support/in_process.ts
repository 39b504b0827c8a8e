/** Runs the command line in this process: what main.ts does, with the output kept. */
import type { Output } from '../../../src/cli/output.ts'

export interface KeptResult {
  readonly code: number
  readonly stdout: string
  /** What was said on standard error, line by line. */
  readonly notes: readonly string[]
}

export async function runKept(...args: readonly string[]): Promise<KeptResult> {
  // As the commands themselves are loaded: mocha requires its files, and classes would be there twice.
  const { runCommandLine } = await import('../../../src/cli/run.ts')
  const { COMMANDS } = await import('../../../src/cli/specs/index.ts')
  let stdout = ''
  const notes: string[] = []
  const output: Output = {
    write: (text) => {
      stdout += text
      return Promise.resolve()
    },
    note: (line) => notes.push(line),
    isTerminal: false, colour: false, columns: 100, rows: 40,
  }
  const code = await runCommandLine(args, COMMANDS, output, {})
  return { code, stdout, notes }
}
