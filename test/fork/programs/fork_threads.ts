/** Forks with ever more descriptors open, up to argv's number; prints how many threads there were to take along, and how many went. */
import { openSync } from 'node:fs'
import { prepareForFork } from '../../../src/fork/index.ts'
import { countThreads, exitOf, forkAndWatch } from './forks.ts'
import { workOnce } from './churn.ts'

const highest = Number(process.argv[2])
const missed: unknown[] = []

prepareForFork()
await workOnce()
for (;;) {
  await new Promise(setImmediate)
  const child = forkAndWatch()
  if (child.isChild) process.exit()
  await exitOf(child)
  // Neither the main thread nor the one that waits for SIGUSR1.
  const expected = countThreads() - 2
  const descriptor = openSync('/dev/null', 'r')
  if (child.threads !== expected) missed.push({ descriptor, went: child.threads, expected })
  if (descriptor > highest) break
}
process.stdout.write(`${JSON.stringify(missed)}\n`)
