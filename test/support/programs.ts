/** Compiles the C programs in programs/ into build/test, and starts them. */
import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { waitFor, within } from './wait_for.ts'

const SOURCES = fileURLToPath(new URL('programs/', import.meta.url))
const BUILD = fileURLToPath(new URL('../../build/test/', import.meta.url))
const COMPILE_MS = 1000 * 60
const START_MS = 1000 * 30
const END_MS = 1000 * 30

export type ProgramName =
  'steady' | 'zombie' | 'exec_loop' | 'exec_on_input' | 'map_files' | 'with_pid' | 'churn'

export interface Started {
  readonly pid: number
  readonly child: ChildProcessByStdio<Writable, Readable, null>
  /** What it printed before it was ready, line by line. */
  readonly lines: readonly string[]
  /** Kills it and waits until it has been reaped. */
  stop(): Promise<void>
}

const started = new Set<Started>()

/** Path of the built program. It is linked statically: nothing else on the machine maps its pages. */
export async function compile(name: ProgramName): Promise<string> {
  const source = join(SOURCES, `${name}.c`)
  const binary = join(BUILD, `support-${name}`)
  const sourceMs = statSync(source).mtimeMs
  const builtMs = statSync(binary, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (builtMs >= sourceMs) return binary

  mkdirSync(BUILD, { recursive: true })
  const unfinished = join(BUILD, `.support-${name}-${randomUUID()}`)
  const flags = ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror', '-pthread', '-static']
  try {
    await promisify(execFile)(process.env['CC'] ?? 'cc', [...flags, source, '-o', unfinished], { timeout: COMPILE_MS })
    // As old as its source: one that is edited while the compiler runs is newer.
    utimesSync(unfinished, (sourceMs + 1) / 1000, (sourceMs + 1) / 1000)
    renameSync(unfinished, binary)
  } finally {
    rmSync(unfinished, { force: true })
  }
  return binary
}

/** Starts a program and waits until it has printed its lines. `stopPrograms` ends it at the latest. */
export async function start(name: ProgramName, args: readonly string[] = []): Promise<Started> {
  return startBinary(await compile(name), args)
}

export async function startBinary(binary: string, args: readonly string[] = [], lineCount = 1): Promise<Started> {
  const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  child.stdin.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Exited(binary, code, signal)))
  })
  failed.catch(() => undefined)
  const ready = waitFor(() => text.split('\n').length > lineCount, START_MS, `${binary} prints ${lineCount} lines`)
  await Promise.race([ready, failed])
  const program: Started = {
    pid: child.pid ?? 0,
    child,
    lines: text.split('\n').slice(0, -1),
    async stop() {
      started.delete(program)
      child.kill('SIGKILL')
      await within(ended, END_MS, `process ${program.pid} ends after SIGKILL`)
    },
  }
  started.add(program)
  return program
}

/** A program that ended instead of getting ready. */
export class Exited extends Error {
  readonly code: number | null

  constructor(binary: string, code: number | null, signal: NodeJS.Signals | null) {
    super(`${binary} ended with ${code ?? signal}`)
    this.code = code
  }
}

/** Ends whatever `start` started and nobody stopped. For afterEach. */
export async function stopPrograms(): Promise<void> {
  await Promise.all([...started].map((program) => program.stop()))
}

/** Stops it with SIGSTOP and waits until the kernel says so: from then on none of its figures changes. */
export async function suspend(program: Started): Promise<void> {
  program.child.kill('SIGSTOP')
  await waitFor(() => stateOf(program.pid) === 'T', START_MS, `process ${program.pid} stops`)
}

export function stateOf(pid: number): string | undefined {
  return statFields(pid)?.[0]
}

/** Fields of /proc/PID/stat from the third, the state, on; undefined when the process is gone. */
export function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).trimEnd().split(' ')
  } catch {
    return undefined
  }
}

/** A pid that nobody has: of a process that was started and reaped. */
export async function gonePid(): Promise<number> {
  const program = await start('steady')
  await program.stop()
  return program.pid
}
