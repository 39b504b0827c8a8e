/** Runs one command of the command line in a process of its own. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const RUNNER = fileURLToPath(new URL('command_runner.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const DEADLINE_MS = 1000 * 50

export interface CommandResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCommand {
  readonly child: ChildProcess
  readonly ended: Promise<CommandResult>
}

export function startCommand(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const child = spawn(process.execPath, ['--import', 'tsx', RUNNER, name, ...args], { cwd: ROOT, stdio, env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => (stdout += piece))
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
  const ended = new Promise<CommandResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${name} ${args.join(' ')} did not end within ${DEADLINE_MS} ms: ${stdout}${stderr}`))
    }, DEADLINE_MS)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stdout, stderr })
    })
  })
  ended.catch(() => undefined)
  return { child, ended }
}

export async function runCommand(name: string, args: readonly string[]): Promise<CommandResult> {
  return startCommand(name, args).ended
}
