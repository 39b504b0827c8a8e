import assert from 'node:assert/strict'

import { FIELD_INDEX } from '../../../src/native/field_table.ts'
import { Malformed } from '../../../src/native/malformed.ts'
import { MappingGroups } from '../../../src/native/typescript/mapping_groups.ts'
import { parseSmaps } from '../../../src/native/typescript/parser.ts'
import { mappingText, toBytes } from './smaps_text.ts'

describe('mappings summed by name, in TypeScript', () => {
  it('come in the order of their first mapping, with their count', () => {
    const groups = summed([
      [1, '/lib/a', 4], [2, '/lib/a', 8], [3, '', 1], [4, '/lib/b', 2], [5, '/lib/a', 16], [6, '', 2],
    ])
    assert.deepEqual(groups, [['/lib/a', 3, 28], ['', 2, 3], ['/lib/b', 1, 2]])
  })

  it('do not count a mapping twice that was shown again, grown', () => {
    assert.deepEqual(summed([[1, '/a', 4], [3, '/a', 4], [3, '/a', 9, 5], [9, '/b', 1]]), [['/a', 2, 13], ['/b', 1, 1]])
  })

  it('leave a name out whose only mapping was shown again under another', () => {
    assert.deepEqual(summed([[1, '/a', 4], [3, '/gone', 4], [3, '/b', 9, 5]]), [['/a', 1, 4], ['/b', 1, 9]])
  })

  it('tell names apart by every byte', () => {
    assert.deepEqual(summed([[1, '/\xfe', 1], [2, '/\xff', 2], [3, '/\xff', 4]]), [['/\xfe', 1, 1], ['/\xff', 2, 6]])
  })

  it('start anew with the stream', () => {
    const groups = new MappingGroups()
    parseSmaps(toBytes(mappingText({ path: '/a' })), 'smaps', groups)
    groups.onRestart()
    parseSmaps(toBytes(mappingText({ path: '/a' })), 'smaps', groups)
    assert.deepEqual(groups.groups().map(({ path, count }) => [path, count]), [['/a', 1]])
  })
})

/** Mappings as [page, path, Rss in kB, pages]; groups as [path, count, Rss in kB]. */
function summed(mappings: readonly (readonly [number, string, number, number?])[]) {
  const groups = new MappingGroups()
  const text = mappings.map(([page, path, rss, pages = 1]) => (
    mappingText({ start: page * 0x1000, end: (page + pages) * 0x1000, path, figures: { Rss: rss } })
  ))
  assert.equal(parseSmaps(toBytes(text.join('')), 'smaps', groups).malformed, Malformed.none)
  return groups.groups().map(({ path, count, kilobytes }) => [path, count, kilobytes[FIELD_INDEX.rss]])
}
