/** Each child forks the next, as many generations as argv says. The last one tells what it is like there; the first prints that. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkForkSafety, prepareForFork } from '../../../src/fork/index.ts'
import { workOnce } from './churn.ts'
import { countDescriptors, countThreads, exitOf, forkAndWatch } from './forks.ts'

const generations = Number(process.argv[2])
const folder = mkdtempSync(join(tmpdir(), 'smem-ts-chain-'))
const report = join(folder, 'report')

prepareForFork()
await workOnce()
const first = describe()
let code = 'none'
for (let generation = 1; generation <= generations; generation++) {
  await new Promise(setImmediate)
  const child = forkAndWatch()
  if (!child.isChild) {
    code = await exitOf(child, generations)
    if (generation > 1) process.exit(Number(code))
    break
  }
  await workOnce()
  if (generation === generations) {
    writeFileSync(report, JSON.stringify(describe()))
    process.exit(42)
  }
}
const last = JSON.parse(readFileSync(report, 'utf8')) as unknown
rmSync(folder, { recursive: true })
process.stdout.write(`${JSON.stringify({ code, first, last })}\n`)

function describe(): unknown {
  return { threads: countThreads(), descriptors: countDescriptors(), hazards: checkForkSafety().map(({ text }) => text) }
}
