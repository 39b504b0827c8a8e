// npm run fuzz [seconds]: libFuzzer on the smaps parser, from the committed corpus. What it finds stays in build/fuzz.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const procfs = join(root, 'src-native/procfs')
const tests = join(root, 'test/procfs/native')
const work = join(root, 'build/fuzz')
const corpus = join(work, 'corpus')
const binary = join(work, 'fuzz_smaps')
const compiler = process.env.CLANGXX ?? 'clang++'

const seconds = Number(process.argv[2] ?? 60)
if (!Number.isInteger(seconds) || seconds < 1) fail(`usage: npm run fuzz -- [seconds], got ${process.argv[2]}`)

mkdirSync(corpus, { recursive: true })
cpSync(join(root, 'test/fixtures/corpus'), corpus, { recursive: true })

const sources = [
  ...['fuzz_smaps.cc', 'smaps_target.cc', 'row_recorder.cc'].map((name) => join(tests, name)),
  ...readdirSync(procfs).filter((name) => name.endsWith('.cc')).map((name) => join(procfs, name)),
]
const flags = ['-std=c++17', '-fno-exceptions', '-fno-rtti', '-Wall', '-Wextra', '-Werror', '-pthread', `-I${procfs}`]
const sanitizers = ['-O1', '-g', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all']

const built = spawnSync(compiler, [...flags, ...sanitizers, ...sources, '-o', binary], { stdio: 'inherit' })
const advice = 'libFuzzer comes with clang; on Debian 12: apt install clang libclang-rt-14-dev (or set CLANGXX)'
if (built.error) fail(`cannot run ${compiler}: ${built.error.code}. ${advice}`)
if (built.status !== 0) fail(`${compiler} did not build the fuzz target. If a library is missing: ${advice}`)

const options = [
  `-dict=${join(tests, 'smaps.dict')}`,
  `-max_total_time=${seconds}`,
  '-max_len=8192',
  '-timeout=10',
  `-artifact_prefix=${work}/`,
  '-print_final_stats=1',
]
const run = spawnSync(binary, [corpus, ...options], { stdio: 'inherit' })
if (run.status !== 0) fail(`the fuzzer ended with ${run.signal ?? run.status}; the input that did it is in ${work}`)

function fail(message) {
  console.error(message)
  process.exit(1)
}
