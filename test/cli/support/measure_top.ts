/**
 * What `smem-ts top` costs by itself: `node --import tsx test/cli/support/measure_top.ts [PROCESSES] [SECONDS] [PROGRAM]`, where
 * PROGRAM is a built command, 'dist/cli/main.cjs top'; without it the sources run, whose loader costs a little more.
 * Starts idle processes, runs the command in a terminal of its own, and prints its user and system time as /proc/PID/stat has it.
 */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { statFields } from '../../support/programs.ts'
import { Pane } from './tmux.ts'

const TICKS_PER_SECOND = 100
const SETTLE_MS = 1000 * 10

const script = fileURLToPath(new URL('run_top.ts', import.meta.url))
const [processes = '300', seconds = '30', program = `--import tsx ${script}`] = process.argv.slice(2)
const idle = Array.from({ length: Number(processes) }, () => spawn('sleep', ['1000'], { stdio: 'ignore' }))
const pane = await Pane.open(120, 50)
try {
  await pane.type(`cd ${process.cwd()} && echo pid=$$ && exec node ${program}\n`)
  const pid = Number(/^pid=(\d+)/m.exec(await pane.shows(/^pid=\d+/m))?.[1])
  await pane.shows(/smem-ts top \d/)
  console.log(`${cpuSeconds(pid).toFixed(2)} s until the first table`)
  await sleep(SETTLE_MS)
  const before = cpuSeconds(pid)
  const startMs = performance.now()
  await sleep(Number(seconds) * 1000)
  const spent = cpuSeconds(pid) - before
  const elapsed = (performance.now() - startMs) / 1000
  console.log((await pane.screen()).split('\n').slice(0, 3).join('\n'))
  const percent = (100 * spent / elapsed).toFixed(2)
  console.log(`${spent.toFixed(2)} s of user and system time in ${elapsed.toFixed(1)} s: ${percent} % of a core`)
} finally {
  await pane.close()
  for (const child of idle) child.kill()
}

function cpuSeconds(pid: number): number {
  const fields = statFields(pid) ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
