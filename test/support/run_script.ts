/** Runs a piece of JavaScript in a Node process of its own, with the library loaded from its sources. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const DEADLINE_MS = 1000 * 50

export interface ScriptOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly nodeOptions?: readonly string[]
  readonly deadlineMs?: number
}

export interface ScriptResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** `code` is a module; its imports are relative to the package's root. */
export async function runScript(code: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  const { env = {}, nodeOptions = [], deadlineMs = DEADLINE_MS } = options
  const args = [...nodeOptions, '--import', 'tsx', '--input-type=module', '--eval', code]
  const child = spawn(process.execPath, args, {
    cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece))
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`a script did not end within ${deadlineMs} ms; it printed: ${stdout}${stderr}`))
    }, deadlineMs)
    child.once('error', reject)
    child.once('close', (exitCode, signal) => {
      clearTimeout(timer)
      resolve({ code: exitCode, signal, stdout, stderr })
    })
  })
}

/** What the script hands to `report(value)`, by way of JSON. Fails when the script does. */
export async function evaluate<T>(code: string, options: ScriptOptions = {}): Promise<T> {
  const preamble = 'const report = (value) => process.stdout.write("\\n#" + JSON.stringify(value) + "\\n")\n'
  const result = await runScript(preamble + code, options)
  const line = result.stdout.split('\n').findLast((text) => text.startsWith('#'))
  if (result.code !== 0 || line === undefined) {
    throw new Error(`the script ended with ${result.code ?? result.signal}: ${result.stdout}${result.stderr}`)
  }
  return JSON.parse(line.slice(1)) as T
}
