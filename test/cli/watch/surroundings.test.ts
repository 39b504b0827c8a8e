import assert from 'node:assert/strict'
import { Surroundings } from '../../../src/cli/watch/surroundings.ts'
import { listProcesses, type ProcessInfo } from '../../../src/processes/index.ts'
import { readMemoryScope } from '../../../src/system/index.ts'
import { countDescriptors } from '../../support/descriptors.ts'
import { start, stopPrograms } from '../../support/programs.ts'

describe('the surroundings of a watch', () => {
  afterEach(stopPrograms)

  async function infoOf(pid: number): Promise<ProcessInfo> {
    return (await listProcesses()).find((info) => info.pid === pid) ?? assert.fail(`process ${pid} runs`)
  }

  it('are those of the first process until all that is watched is in one control group', async () => {
    const { pid } = await start('steady')
    const info = await infoOf(pid)
    using surroundings = new Surroundings(() => undefined)
    assert.equal(surroundings.readScope().limitPath, readMemoryScope({ pid: 1 }).limitPath)
    surroundings.see([info, { ...info, cgroup: `${info.cgroup ?? ''}/elsewhere` }])
    assert.equal(surroundings.readScope().limitPath, readMemoryScope({ pid: 1 }).limitPath)
    surroundings.see([info])
    const { limit, limitPath } = surroundings.readScope()
    assert.deepEqual([limit, limitPath], [readMemoryScope({ pid }).limit, readMemoryScope({ pid }).limitPath])
  })

  it('can be read when the process that stood for them has ended', async () => {
    const program = await start('steady')
    using surroundings = new Surroundings(() => undefined)
    surroundings.see([await infoOf(program.pid)])
    surroundings.readScope()
    await program.stop()
    assert.ok(surroundings.readScope().limit > 0)
    surroundings.see([])
    assert.ok(surroundings.readScope().limit > 0)
  })

  it('are listened to for pressure, the new ones when they change, and say so when nothing tells', async () => {
    const [a, b] = await Promise.all([start('steady'), start('steady')])
    const notes: string[] = []
    const before = countDescriptors()
    const surroundings = new Surroundings((line) => notes.push(line))
    surroundings.see([await infoOf(a.pid)])
    surroundings.watchPressure(() => undefined)
    const listening = countDescriptors()
    surroundings.see([await infoOf(b.pid)])
    assert.equal(countDescriptors(), listening, 'the former is closed')
    surroundings[Symbol.dispose]()
    assert.equal(countDescriptors(), before)
    for (const note of notes) assert.match(note, /^--pressure: nothing here tells of memory pressure/)
  })
})
