import { setTimeout } from 'node:timers/promises'
import { scanProcesses } from '../../src/promises.ts'
import type { Claim, Effort, Measured } from '../support/claim.ts'
import { stallsDuring, type Stalls } from '../support/stall.ts'
import { median } from '../support/statistics.ts'
import { Victims } from '../support/victims.ts'

const PROCESSES = 3
const MEGABYTES = 1200

/** The page walks of big processes must not hold up whoever asked for them. */
export const stallClaims: readonly Claim[] = [
  {
    name: 'stall',
    text: `longest event-loop stall while smem-ts/promises scans ${PROCESSES} processes of ${MEGABYTES} MB`,
    unit: 'ms',
    goal: { is: '<', limit: 5 },
    measure,
  },
]

/** Each scan is followed by as long a time of nothing: what stalls then is the machine's doing. */
async function measure({ rounds }: Effort): Promise<Measured> {
  await using victims = new Victims()
  await Promise.all(Array.from({ length: PROCESSES }, () => victims.touched(MEGABYTES)))
  await scanProcesses()
  const scanning: Stalls[] = []
  const idle: Stalls[] = []
  const scanMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    scanning.push(await stallsDuring(scanProcesses()))
    const elapsedMs = performance.now() - start
    scanMs.push(elapsedMs)
    idle.push(await stallsDuring(setTimeout(elapsedMs)))
  }
  return {
    value: median(scanning.map(({ longestMs }) => longestMs)),
    detail: `worst ${worst(scanning)} ms; idle: median ${median(idle.map(({ longestMs }) => longestMs)).toFixed(2)}, ` +
      `worst ${worst(idle)}; own work at most ${Math.max(...scanning.map((run) => run.longestWorkMs)).toFixed(2)}; ` +
      `scan ${median(scanMs).toFixed(0)} ms`,
  }
}

function worst(runs: readonly Stalls[]): string {
  return Math.max(...runs.map(({ longestMs }) => longestMs)).toFixed(2)
}
