/** Forks children that end in several ways, and prints what watchExit tells of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { forkProcess, prepareForFork, watchExit, type ProcessExit } from '../../../src/fork/index.ts'
import { openProcess } from '../../../src/smaps/index.ts'
import { countDescriptors } from './forks.ts'

prepareForFork()
// Waiting for a process does not keep this one alive.
const stays = setInterval(() => undefined, 1000)
const before = countDescriptors()
const exited = await endOf(() => process.exit(7))
const killed = await endOf(() => process.kill(process.pid, 'SIGKILL'))

const silent = forkProcess()
if (silent.isChild) process.exit(0)
let closed = 'nothing was told'
const watch = watchExit(silent.pid, startTimeOf(silent.pid), () => (closed = 'told'))
watch.close()
watch.close()
while (stateOf(silent.pid) !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5))
const zombie = await new Promise<ProcessExit>((resolve) => watchExit(silent.pid, startTimeOf(silent.pid), resolve))
if (zombie.code !== 0) throw new Error('a zombie is reaped, and its code told')

// The loop lets go of what has been closed in its next turns.
await new Promise((resolve) => setTimeout(resolve, 50))
const descriptors = countDescriptors() - before
process.stdout.write(`${JSON.stringify({ exited, killed, zombies: countZombies(), descriptors, closed })}\n`)
clearInterval(stays)

async function endOf(end: () => void): Promise<ProcessExit> {
  const child = forkProcess()
  if (child.isChild) {
    end()
    await new Promise(() => setInterval(() => undefined, 1000))
  }
  return new Promise((resolve) => watchExit(child.pid, startTimeOf(child.pid), resolve))
}

function startTimeOf(pid: number): number {
  using handle = openProcess(pid)
  return handle.startTime
}

function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0]
}

function countZombies(): number {
  let count = 0
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === 'Z' && Number(parent) === process.pid) count++
    } catch {
      // It has ended meanwhile.
    }
  }
  return count
}
