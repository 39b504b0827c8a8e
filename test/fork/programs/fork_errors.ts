/** Has obstacles put into the way of forks by ../native/obstacles.c, and prints what comes of each. */
import { openSync, readSync, writeSync } from 'node:fs'
import { ForkError, checkForkSafety, type ForkOptions } from '../../../src/fork/index.ts'
import { countDescriptors, exitOf, forkAndWatch } from './forks.ts'

const path = process.env['OBSTACLES'] ?? ''
const CHILD_CODE = 42
const commands = openSync(path, 'r+')
const done = openSync(`${path}.done`, 'r')
/** A hundred tries for a child to be later than a millisecond. */
const TRIES = 100

const results: Record<string, unknown> = {}
results['at first'] = await tryFork()

await command('b')
results['a thread blocks signals'] = await tryFork({ parkTimeout: '300ms' })
await command('u')
results['it no longer does'] = await tryFork()

await command('p')
results['too many descriptors'] = await tryFork()
await command('c')
results['no longer too many'] = await tryFork()

await command('l')
results['no descriptor is free'] = await tryFork()
await command('m')
results['one is free again'] = await tryFork()

await command('t')
results['a timerfd'] = await tryFork()
results['its hazard'] = checkForkSafety().map(({ kind }) => kind).join()
await command('e')

await command('s')
results['stray signals'] = await tryFork()

const before = countDescriptors()
results['a child is late'] = await forkLate()
results['descriptors'] = countDescriptors() - before
results['at last'] = await tryFork()
process.stdout.write(`${JSON.stringify(results)}\n`)
process.exit()

async function tryFork(options: ForkOptions = {}): Promise<unknown> {
  await new Promise(setImmediate)
  try {
    const child = forkAndWatch(options)
    if (child.isChild) process.exit(CHILD_CODE)
    return await exitOf(child)
  } catch (error) {
    if (!(error instanceof ForkError)) throw error
    const { code, step, reason, threadName, descriptor, message } = error
    return { code, step, reason, threadName, isDescriptor: descriptor !== undefined, message }
  }
}

async function forkLate(): Promise<unknown> {
  for (let i = 0; i < TRIES; i++) {
    const result = await tryFork({ childTimeout: 1 })
    if (typeof result !== 'string') return result
  }
  return 'never late'
}

async function command(name: string): Promise<void> {
  writeSync(commands, name, 0)
  const answer = Buffer.alloc(1)
  while (readSync(done, answer, 0, 1, 0) !== 1 || answer.toString() !== name) await new Promise((resolve) => setTimeout(resolve, 1))
}
