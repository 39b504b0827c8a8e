import assert from 'node:assert/strict'
import { readMappings } from '../../src/index.ts'
import type { Claim, Effort, Measured } from '../support/claim.ts'
import { readMappingsPlainly } from '../support/plain_mappings.ts'
import { ratioOfCpu } from '../support/paired.ts'
import { Victims } from '../support/victims.ts'

/** What the addon spares those who would parse smaps in JavaScript. */
export const mappingsClaims: readonly Claim[] = [
  {
    name: 'mappings-6000',
    text: 'readMappings / the same in plain JavaScript, 6000 mappings',
    unit: 'ratio',
    goal: { is: '<=', limit: 0.6 },
    measure,
  },
]

async function measure(effort: Effort): Promise<Measured> {
  await using victims = new Victims()
  const pid = await victims.mappings(6000)
  assertSameResult(pid)
  return await ratioOfCpu(() => readMappings(pid), () => readMappingsPlainly(pid), effort)
}

/** A comparison with something that does less would be no comparison. */
function assertSameResult(pid: number): void {
  const ours = readMappings(pid)
  const plain = readMappingsPlainly(pid)
  assert.equal(plain.length, ours.length)
  for (const [index, mapping] of plain.entries()) {
    const { usage, ...own } = ours[index] ?? assert.fail()
    assert.deepEqual({ ...mapping, usage: undefined }, {
      start: own.start, end: own.end, perms: own.perms, offset: own.offset, device: own.device, inode: own.inode,
      path: own.path, vmFlags: own.vmFlags, usage: undefined,
    })
    // Not Pss: others that come and go change it for what is shared.
    assert.equal(mapping.usage['Size'], usage.size)
    assert.equal(mapping.usage['Rss'], usage.rss)
    assert.equal(mapping.usage['Anonymous'], usage.anonymous)
  }
}
