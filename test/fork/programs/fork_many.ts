/** Forks as often as argv says while it churns; each child works and exits with 42. Prints what came of it as JSON. */
import { prepareForFork } from '../../../src/fork/index.ts'
import { startChurning, workOnce } from './churn.ts'
import { countDescriptors, countMappings, exitOf, forkAndWatch } from './forks.ts'

const CHILD_CODE = 42
const count = Number(process.argv[2])
const isQuiet = process.argv[3] === 'quiet'

prepareForFork()
const churning = isQuiet ? undefined : startChurning()
const exits: Promise<string>[] = []
const threads = new Set<number>()
let before = { descriptors: 0, mappings: 0 }
let stoppedMs = 0

for (let i = 0; i < count; i++) {
  await new Promise(setImmediate)
  const child = forkAndWatch()
  if (child.isChild) {
    churning?.stop()
    if (!isQuiet) await workOnce()
    process.exit(CHILD_CODE)
  }
  exits.push(exitOf(child))
  threads.add(child.threads)
  stoppedMs = Math.max(stoppedMs, i === 0 ? 0 : child.stoppedMs)
  if (exits.length % 2 === 0) await exits.at(-2)
  // The first ones fill caches.
  if (i === Math.min(20, count - 1)) before = { descriptors: countDescriptors(), mappings: countMappings() }
}
const codes = await Promise.all(exits)
churning?.stop()
const tally: Record<string, number> = {}
for (const code of codes) tally[code] = (tally[code] ?? 0) + 1
const grown = { descriptors: countDescriptors() - before.descriptors, mappings: countMappings() - before.mappings }
process.stdout.write(`${JSON.stringify({ tally, threads: [...threads], grown, stoppedMs })}\n`)
