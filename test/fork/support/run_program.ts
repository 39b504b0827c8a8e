import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Context } from 'mocha'
import { forkSupport } from '../../../src/fork/index.ts'
import { bundle } from '../../support/bundle.ts'
import { skip } from '../../support/skip.ts'

const DEADLINE_MS = 1000 * 120

export type ForkProgram = 'fork_many' | 'fork_threads' | 'fork_watching' | 'fork_chain' | 'fork_errors' | 'fork_exits' | 'fork_refused' | 'fork_identity' | 'fork_safety'

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly deadlineMs?: number
  /** What Node is to be started by: `unshare --pid`, for example. */
  readonly wrapper?: readonly string[]
}

/** What one of the programs prints as JSON in its last line. Fails when it ends badly, or not at all. */
export async function runProgram<T>(name: ForkProgram, args: readonly string[] = [], options: ProgramOptions = {}): Promise<T> {
  const { env = {}, deadlineMs = DEADLINE_MS, wrapper = [] } = options
  const path = await bundle(new URL(`../programs/${name}.ts`, import.meta.url))
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, path, ...args]
  const { stdout } = await promisify(execFile)(command, rest, {
    timeout: deadlineMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 26, env: { ...process.env, ...env },
  })
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T
}

/** For `before`: most of these need a platform that can fork. */
export function needsForks(test: Context): void {
  const support = forkSupport()
  if (!support.supported && support.reason !== 'thread') skip(test, `forking, ${support.detail}`)
}
