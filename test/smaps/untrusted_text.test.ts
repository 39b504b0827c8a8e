import assert from 'node:assert/strict'
import { readMappings, readSmaps } from '../../src/index.ts'
import * as promises from '../../src/promises.ts'
import { TemporaryTree } from '../support/trees.ts'

const HEADER = '00400000-00500000 rw-p 00000000 00:00 0 \n'

describe('text that cannot be trusted', () => {
  let tree: TemporaryTree
  before(() => (tree = new TemporaryTree()))
  after(() => tree[Symbol.dispose]())

  it('is refused with the place and the reason', () => {
    tree.write(5, { smaps: `${HEADER}Rss: 4 kB\nRss: 4 kB\n` })
    const path = `${tree.root}/5/smaps`
    assert.throws(() => readSmaps(5, { source: 'smaps', procRoot: tree.root }), {
      name: 'SmemError', code: 'ERR_MALFORMED_SMAPS', path, pid: 5, offset: 51,
      message: `cannot trust ${path}: a mapping has the same figure twice, at byte 51`,
    })
  })

  it('is refused by every reader', async () => {
    tree.write(6, { smaps: `${HEADER}Rss: 4 kB\nnonsense\n`, smaps_rollup: `${HEADER}Rss: 4 kB` })
    const code = { code: 'ERR_MALFORMED_SMAPS' }
    assert.throws(() => readSmaps(6, { procRoot: tree.root }), code)
    assert.throws(() => readMappings(6, { procRoot: tree.root }), code)
    await assert.rejects(promises.readSmaps(6, { procRoot: tree.root }), code)
    await assert.rejects(promises.readMappings(6, { procRoot: tree.root }), code)
  })

  it('does not make the reader fall back from a malformed rollup to smaps', () => {
    tree.write(7, { smaps: `${HEADER}Rss: 4 kB\n`, smaps_rollup: 'nonsense\n' })
    assert.throws(() => readSmaps(7, { procRoot: tree.root }), { code: 'ERR_MALFORMED_SMAPS', offset: 0 })
  })

  it('is not mistaken for a process without smaps', () => {
    tree.write(8, {})
    for (const source of ['rollup', 'smaps'] as const) {
      assert.throws(() => readSmaps(8, { source, procRoot: tree.root }), {
        code: 'ERR_NO_SMAPS', pid: 8, path: `${tree.root}/8/smaps`,
        message: 'process 8 has neither smaps nor smaps_rollup ' +
          '(a kernel without CONFIG_PROC_PAGE_MONITOR, or an emulation)',
      })
    }
  })
})
