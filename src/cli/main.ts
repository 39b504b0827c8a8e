#!/usr/bin/env node
import { processOutput } from './output.ts'
import { runCommandLine } from './run.ts'
import { COMMANDS } from './specs/index.ts'

process.exitCode = await runCommandLine(process.argv.slice(2), COMMANDS, processOutput(process.env), process.env)
