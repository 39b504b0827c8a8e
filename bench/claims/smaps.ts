import { readSmaps } from '../../src/index.ts'
import { baseline } from '../support/baseline.ts'
import type { Claim, Effort, Measured } from '../support/claim.ts'
import { ratioOfCpu } from '../support/paired.ts'
import { Victims } from '../support/victims.ts'

/** What a careful program asks for at once; the kernel hands out less than a page whatever it is. */
const USUAL_READ = 64 * 1024

/** What `readSmaps` adds to the kernel's work for smaps, or spares it by its choice of read size. */
export const smapsClaims: readonly Claim[] = [
  {
    name: 'smaps-600',
    text: 'readSmaps / bare read of smaps, 600 mappings',
    unit: 'ratio',
    goal: { is: '<=', limit: 1.03 },
    measure: (effort) => measure(effort, (victims) => victims.mappings(600)),
  },
  {
    name: 'smaps-6000',
    text: 'readSmaps / bare read of smaps, 6000 mappings',
    unit: 'ratio',
    goal: { is: '<=', limit: 1.03 },
    measure: (effort) => measure(effort, (victims) => victims.mappings(6000)),
  },
  {
    name: 'smaps-walked-twice',
    text: 'readSmaps / bare read of smaps, 512 MB that usual reads walk twice',
    unit: 'ratio',
    goal: { is: '<=', limit: 0.6 },
    measure: (effort) => measure(effort, (victims) => victims.walkedTwice(512)),
  },
]

async function measure(effort: Effort, start: (victims: Victims) => Promise<number>): Promise<Measured> {
  await using victims = new Victims()
  const pid = await start(victims)
  const path = `/proc/${pid}/smaps`
  return await ratioOfCpu(() => readSmaps(pid, { source: 'smaps' }), () => baseline.bareRead(path, USUAL_READ), effort)
}
