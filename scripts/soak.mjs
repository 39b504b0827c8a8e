// The long tests of copy-on-write workers, on each Node line that users run: `npm run test:soak [-- 22 24]`. For each line 1,000
// forks of a parent that churns, 50 generations in a row, a pool that is copied anew every 5 seconds under load for
// SMEM_TS_SOAK_MINUTES (10), and one whose processes are killed and stopped at each step. Some 20 minutes a line. See
// scripts/node_lines.mjs for the binaries.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { nodeBinary, runOnLines } from './node_lines.mjs'

runOnLines(process.argv.slice(2), soak)

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
