/** Builds the C++ test programs into build/test, each together with all of src-native/procfs and src-native/pressure. */
import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PROCFS = join(ROOT, 'src-native/procfs')
const PRESSURE = join(ROOT, 'src-native/pressure')
const NATIVE_TESTS = join(ROOT, 'test/procfs/native')
const BUILD = join(ROOT, 'build/test')

const BASE_FLAGS = [
  '-std=c++17', '-fno-exceptions', '-fno-rtti', '-Wall', '-Wextra', '-Werror', '-pthread', `-I${PROCFS}`,
  `-I${join(ROOT, 'src-native')}`,
]
const BUILD_TIMEOUT_MS = 1000 * 120

/** What a mocha hook that builds should allow. */
export const BUILD_HOOK_TIMEOUT_MS = BUILD_TIMEOUT_MS + 1000 * 10

/** Memory errors and undefined behaviour end the program. */
export const SANITIZED = ['-O2', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']

export interface Program {
  readonly name: string
  /** Paths from this folder. */
  readonly sources: readonly string[]
  readonly flags: readonly string[]
}

export const REPLAY: Program = {
  name: 'replay_smaps',
  sources: ['replay_smaps.cc', 'smaps_target.cc', 'smaps_describe.cc', 'row_recorder.cc'],
  flags: isGlibc() ? SANITIZED : ['-O2', '-g'],
}

export const PRESSURE_CHECK: Program = {
  name: 'pressure_check',
  sources: ['../../pressure/native/pressure_check.cc'],
  flags: isGlibc() ? SANITIZED : ['-O2', '-g'],
}

export const ALLOC_COUNT: Program = {
  name: 'alloc_count',
  sources: ['alloc_count.cc', 'counting_allocator.cc'],
  flags: ['-O2'],
}

/** musl has neither gcc's sanitizers nor an allocator that a program may count. */
export function isGlibc(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime !== undefined
}

/**
 * The path of the built program; compiles only when a source or header is newer. Runs at the same time do not harm
 * each other: each builds under a name of its own, and the rename is atomic.
 */
export async function buildProgram(program: Program): Promise<string> {
  const compiler = process.env['CXX'] ?? 'g++'
  const sources = [
    ...program.sources.map((name) => join(NATIVE_TESTS, name)),
    ...[...filesIn(PROCFS), ...filesIn(PRESSURE)].filter((path) => path.endsWith('.cc')),
  ]
  const args = [...BASE_FLAGS, ...program.flags, ...sources]
  const key = createHash('sha256').update(JSON.stringify([compiler, args])).digest('hex').slice(0, 8)
  const binary = join(BUILD, `${program.name}-${key}`)
  const all = [...sources, ...filesIn(PROCFS), ...filesIn(PRESSURE), ...filesIn(NATIVE_TESTS)]
  const newestMs = Math.max(...all.map((path) => statSync(path).mtimeMs))
  const built = statSync(binary, { throwIfNoEntry: false })
  if (built !== undefined && built.mtimeMs >= newestMs) return binary

  mkdirSync(BUILD, { recursive: true })
  const unfinished = join(BUILD, `.${program.name}-${randomUUID()}`)
  try {
    await compile(compiler, [...args, '-o', unfinished])
    // As old as what it was made of: a source that was edited while the compiler ran is newer.
    const stamp = (newestMs + 1) / 1000
    utimesSync(unfinished, stamp, stamp)
    renameSync(unfinished, binary)
  } finally {
    rmSync(unfinished, { force: true })
  }
  return binary
}

async function compile(compiler: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(compiler, args, { timeout: BUILD_TIMEOUT_MS, maxBuffer: 1 << 24 })
  } catch (error) {
    const { code, stderr, killed } = error as { code?: unknown, stderr?: string, killed?: boolean }
    if (code === 'ENOENT') throw new Error(`the C++ core's tests need a compiler: ${compiler} is missing (set CXX)`)
    if (killed === true) throw new Error(`${compiler} took longer than ${BUILD_TIMEOUT_MS} ms`)
    throw new Error(`${compiler} failed:\n${stderr ?? String(error)}`)
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => /\.(cc|h)$/.test(name)).map((name) => join(folder, name))
}
