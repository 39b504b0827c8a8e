import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { forkObstacle, type ForkSupport } from '../fork/index.ts'
import { durationText } from '../pool/index.ts'
import { entryPath } from './entry_path.ts'
import type { CheckedMoldPool } from './mold_pool_options.ts'

/** The fork itself has 12 s; the rest is for Node to start. */
const DEADLINE_MS = 1000 * 30

/**
 * Whether molds can be copied here, found out in a process that is started as they are. Not in this one: the supervisor never
 * forks, and may well have what keeps a process from it, such as a watch of fs.watch. Rejects when the signal aborts.
 */
export async function tryMolds({ execArgv, env, signal }: CheckedMoldPool): Promise<ForkSupport> {
  const obstacle = forkObstacle()
  if (obstacle !== undefined) return obstacle
  const child = spawn(process.execPath, [...execArgv, entryPath('entry_trial')], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: { ...process.env, ...env },
    timeout: DEADLINE_MS, killSignal: 'SIGKILL', ...signal === undefined ? {} : { signal },
  })
  let answer = ''
  const answers = child.stdio[3] as Readable | null
  answers?.setEncoding('utf8').on('data', (piece: string) => (answer += piece))
  const end = await new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(`could not be started: ${message}`))
    child.once('close', (code, killer) => {
      if (child.killed) resolve(`has not answered within ${durationText(DEADLINE_MS)}`)
      else resolve(killer === null ? `ended with exit code ${code}` : `was ended by ${killer}`)
    })
  })
  signal?.throwIfAborted()
  const support = parse(answer) ?? { supported: false, reason: 'failed', detail: `the process that was to try it ${end}` }
  const hasRing = !support.supported && isOn({ ...process.env, ...env }['UV_USE_IO_URING'])
  return hasRing ? { ...support, detail: `${support.detail} (UV_USE_IO_URING is set: take it out of the environment)` } : support
}

/** As libuv reads it: its io_uring then has a thread of the kernel, which nobody can have rest. */
function isOn(value: string | undefined): boolean {
  return Number.parseInt(value ?? '', 10) > 0
}

/** undefined when it is not whole. */
function parse(answer: string): ForkSupport | undefined {
  try {
    const { supported, reason, detail } = JSON.parse(answer) as ForkSupport
    return { supported, reason, detail }
  } catch {
    return undefined
  }
}
