import { strict as assert } from 'node:assert'
import { selectColumns, selectSort } from '../../src/report/columns.ts'
import { PROCESS_VIEW } from '../../src/report/smem/columns.ts'

describe('selectColumns', () => {
  const names = (list?: string): string[] => selectColumns(PROCESS_VIEW, list).map((column) => column.name)

  it('takes blanks, and commas, which smem does not', () => {
    assert.deepEqual(names(' pid  user\trss'), ['pid', 'user', 'rss'])
    assert.deepEqual(names('pid,user, rss'), ['pid', 'user', 'rss'])
  })

  it('shows a column as often as it is named', () => {
    assert.deepEqual(names('pss pid pss'), ['pss', 'pid', 'pss'])
  })

  it('falls back on the columns of the view', () => {
    assert.deepEqual(names(), ['pid', 'user', 'command', 'swap', 'uss', 'pss', 'rss'])
    assert.deepEqual(names(''), names())
  })

  it('names each unknown column once, and the known ones', () => {
    const message = /no columns cpu, io in.*it has pid, user/
    assert.throws(() => names('pid cpu io cpu'), { code: 'ERR_UNKNOWN_COLUMN', message })
  })
})

describe('selectSort', () => {
  it('falls back on the order of the view', () => {
    assert.equal(selectSort(PROCESS_VIEW).name, 'pss')
  })

  it('takes no list', () => {
    assert.throws(() => selectSort(PROCESS_VIEW, 'pid user'), { code: 'ERR_UNKNOWN_COLUMN' })
  })
})
