import { readSmaps } from '../../src/index.ts'
import { baseline } from '../support/baseline.ts'
import type { Claim, Effort, Measured } from '../support/claim.ts'
import { ratioOfCpu } from '../support/paired.ts'
import { Victims } from '../support/victims.ts'

const ROLLUP_READ = 4096

/** What `readSmaps` adds to the kernel's work for a rollup. */
export const rollupClaims: readonly Claim[] = [
  {
    name: 'rollup-1gb',
    text: 'readSmaps / bare read of the rollup, 1 GB touched',
    unit: 'ratio',
    goal: { is: '<=', limit: 1.05 },
    measure: (effort) => measure(effort, (victims) => victims.touched(1024)),
  },
  {
    name: 'rollup-100mb',
    text: 'readSmaps / bare read of the rollup, 100 MB touched',
    unit: 'ratio',
    goal: { is: '<=', limit: 1.05 },
    measure: (effort) => measure(effort, (victims) => victims.touched(100)),
  },
  {
    name: 'rollup-node',
    text: 'readSmaps / bare read of the rollup, an idle Node',
    unit: 'ratio',
    goal: { is: '<=', limit: 1.15 },
    measure: (effort) => measure(effort, (victims) => victims.node()),
  },
]

async function measure(effort: Effort, start: (victims: Victims) => Promise<number>): Promise<Measured> {
  await using victims = new Victims()
  const pid = await start(victims)
  const path = `/proc/${pid}/smaps_rollup`
  return await ratioOfCpu(() => readSmaps(pid), () => baseline.bareRead(path, ROLLUP_READ), effort)
}
