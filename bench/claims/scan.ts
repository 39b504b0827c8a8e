import { scanProcesses, type ScannedProcess } from '../../src/index.ts'
import { baseline, toPathList } from '../support/baseline.ts'
import type { Claim, Effort, Measured, Skipped } from '../support/claim.ts'
import { ratioOfTimes, wallSeconds } from '../support/paired.ts'
import { PsutilLoop } from '../support/psutil.ts'
import { Victims } from '../support/victims.ts'

const IDLE_PROCESSES = 300
const NODES = 10
const THREADS = 2

/** All processes at once: against the kernel's own work, and against what Python users have. */
export const scanClaims: readonly Claim[] = [
  {
    name: 'scan-bare',
    text: `scanProcesses / ${THREADS} threads that read the same files, ${IDLE_PROCESSES + NODES} processes and more`,
    unit: 'ratio',
    goal: { is: '<=', limit: 1.3 },
    measure: againstBareReads,
  },
  {
    name: 'scan-psutil',
    text: 'psutil loop (pid, cmdline, username, memory_full_info) / scanProcesses, the same processes',
    unit: 'ratio',
    goal: { is: '>=', limit: 4 },
    measure: againstPsutil,
  },
]

async function againstBareReads(effort: Effort): Promise<Measured> {
  await using victims = new Victims()
  await populate(victims)
  // Processes come and go: each scan says what the next bare reads are to read, outside of what is timed.
  let files = filesOf(scanProcesses())
  return await ratioOfTimes(
    () => {
      let processes: readonly ScannedProcess[] = []
      const seconds = wallSeconds(() => { processes = scanProcesses({ threads: THREADS }) })
      files = filesOf(processes)
      return seconds
    },
    () => wallSeconds(() => baseline.bareScan(files, THREADS)),
    manyRounds(effort),
  )
}

/** What a scan reads of each process. */
function filesOf(processes: readonly ScannedProcess[]): Uint8Array {
  return toPathList(processes.map(({ pid, usage }) => [
    ...['stat', 'statm', 'cmdline', 'cgroup'].map((file) => `/proc/${pid}/${file}`),
    ...(usage === null ? [] : [`/proc/${pid}/smaps_rollup`]),
  ]))
}

async function againstPsutil(effort: Effort): Promise<Measured | Skipped> {
  using psutil = PsutilLoop.start()
  if (psutil === undefined) return { skipped: 'no Python with psutil' }
  await using victims = new Victims()
  await populate(victims)
  await psutil.run() // its first loop makes objects that later ones reuse
  return await ratioOfTimes(() => psutil.run(), () => wallSeconds(() => scanProcesses()), effort)
}

async function populate(victims: Victims): Promise<void> {
  await Promise.all(Array.from({ length: NODES }, () => victims.node()))
  await Promise.all(Array.from({ length: IDLE_PROCESSES }, () => victims.idle()))
}

/** A scan's time is short and, on several threads, unsteady. */
function manyRounds(effort: Effort): Effort {
  return { ...effort, rounds: effort.rounds * 5 }
}
