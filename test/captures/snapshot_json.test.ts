import assert from 'node:assert/strict'
import { readCapture, snapshotFromJson } from '../../src/captures/index.ts'
import { TemporaryDirectory } from './support.ts'

const MINIMAL = { schema: 1, type: 'snapshot', processes: [{ pid: 4, usage: { pss: 10 } }] }

describe('a snapshot in JSON', () => {
  it('may leave out what is not known', () => {
    const { processes: [process], takenAt, meminfo } = snapshotFromJson(MINIMAL, 'f')
    assert.equal(process?.usage?.pss, 10)
    assert.equal(process?.usage?.rss, undefined)
    assert.equal(process?.comm, '?')
    assert.equal(takenAt, undefined)
    assert.equal(meminfo, undefined)
  })

  it('takes null for not known, and keeps the reason', () => {
    const json = { processes: [{ pid: 4, rss: 5, usage: null, unavailable: { code: 'EACCES', reason: 'why' }, cgroup: null }] }
    const { processes: [process] } = snapshotFromJson(json, 'f')
    assert.equal(process?.usage, null)
    assert.deepEqual(process?.unavailable, { code: 'EACCES', reason: 'why' })
    assert.equal(process?.rss, 5)
  })

  for (const [what, json, message] of [
    ['a list', [], /f: an object is wanted/],
    ['no processes', {}, /processes: a list is wanted/],
    ['a process without a pid', { processes: [{}] }, /processes\[0\]: a process without a pid/],
    ['a figure that is text', { processes: [{ pid: 1, usage: { pss: '10' } }] }, /processes\[0\].usage: pss must be a number/],
    ['a name that is a number', { processes: [{ pid: 1, comm: 5 }] }, /comm must be a string/],
    ['arguments that are no strings', { processes: [{ pid: 1, commandLine: [1] }] }, /commandLine must be a list of strings/],
    ['a later schema', { schema: 2, processes: [] }, /schema 2 is not known/],
  ] as const) {
    it(`is refused when it has ${what}`, () => {
      assert.throws(() => snapshotFromJson(json, 'f'), { code: 'ERR_BAD_CAPTURE', message })
    })
  }

  it('is read from a file, in one line or many', async () => {
    using files = new TemporaryDirectory()
    for (const text of [JSON.stringify(MINIMAL), JSON.stringify(MINIMAL, null, 2)]) {
      const { kind, processes } = await readCapture(files.write('a.json', text))
      assert.deepEqual([kind, processes.length], ['json', 1])
    }
    await assert.rejects(readCapture(files.write('a.json', '{"processes": [')), { code: 'ERR_BAD_CAPTURE', message: /is no JSON/ })
  })

  it('changes no prototype', () => {
    snapshotFromJson(JSON.parse('{"__proto__":{"x":1},"meminfo":{"__proto__":5},"processes":[]}'), 'f')
    assert.equal(({} as { x?: number }).x, undefined)
  })
})
