import { processOutput } from './output.ts'
import { runCommandLine } from './run.ts'
import { COMMANDS } from './specs/index.ts'

void runCommandLine(process.argv.slice(2), COMMANDS, processOutput(process.env), process.env).then((code) => {
  process.exitCode = code
})
