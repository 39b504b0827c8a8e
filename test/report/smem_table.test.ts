import { strict as assert } from 'node:assert'
import type { Cell, Column } from '../../src/report/columns.ts'
import { smemTable, type TableOptions } from '../../src/report/smem/table.ts'

type Row = Readonly<Record<string, Cell>>

const NAME = column({ name: 'name', align: 'left', width: 6, truncate: true, flexible: true, total: 'rows' })
const OWNER = column({ name: 'owner', align: 'left', width: 4, total: 'distinct' })
const KB = column({ name: 'kb', kind: 'amount', total: 'sum' })

describe('smemTable', () => {
  const rows: Row[] = [
    { name: 'b', owner: 'x', kb: 2048 }, { name: 'a', owner: 'x', kb: 2048 }, { name: 'c', owner: 'y', kb: 1 },
  ]

  it('sorts by the column asked for, then by the columns shown', () => {
    assert.deepEqual(firstCells(rows, [NAME, KB], { sort: KB }), ['c', 'a', 'b'])
    assert.deepEqual(firstCells(rows, [NAME, KB], { sort: KB, reverse: true }), ['b', 'a', 'c'])
  })

  it('ends each line with a blank, and rules off the totals in the length of the header', () => {
    assert.deepEqual(table(rows.slice(0, 2), [NAME, OWNER, KB], { totals: true }), [
      'NAME   OWNER       KB ',
      'a      x        2048 ',
      'b      x        2048 ',
      '-'.repeat(22),
      '2      1        4096 ',
    ])
  })

  it('leaves rows and columns as it found them', () => {
    const frozen = Object.freeze([...rows])
    assert.equal(table(frozen, Object.freeze([NAME, KB])).length, 4)
  })

  it('cuts by code points, not through a character', () => {
    assert.deepEqual(table([{ name: '😀😀😀😀😀😀😀😀' }], [NAME], { header: false }), ['😀😀😀😀😀😀 '])
  })

  it('keeps text of other processes from acting on the terminal', () => {
    assert.deepEqual(table([{ owner: '\x1b[2J\n' }], [OWNER], { header: false, sort: OWNER }), ['\\x1b[2J\\n '])
  })

  it('makes room for text as it is shown', () => {
    const options = { header: false, sort: OWNER, terminalWidth: 80 }
    const lines = table([{ owner: '\x1b' }, { owner: 'x' }], [OWNER, KB], options)
    assert.deepEqual(lines, ['\\x1b N/A ', 'x    N/A '])
  })

  it('says N/A where a figure is not known, and adds up the others', () => {
    const lines = table([{ kb: undefined }, { kb: 3 }], [KB], { header: false, totals: true, sort: KB })
    assert.deepEqual(lines.map((line) => line.trim()), ['N/A', '3', '---------', '3'])
  })

  it('gives the flexible column what the terminal leaves, and ten characters at least', () => {
    const long = [{ name: 'x'.repeat(50), kb: 1234567 }]
    const lengths = [200, 30, 5].map((terminalWidth) => (
      firstCells(long, [NAME, KB], { terminalWidth }).map((text) => text.length)))
    assert.deepEqual(lengths, [[50], [21], [10]])
  })
})

function column(given: Partial<Column<Row>> & { name: string }): Column<Row> {
  const { name } = given
  return {
    header: name.toUpperCase(), description: name, kind: 'text', align: 'right', width: 8, total: 'blank',
    value: (row) => row[name], ...given,
  }
}

function table(
  rows: readonly Row[], columns: readonly Column<Row>[], options: Partial<TableOptions<Row>> = {},
): string[] {
  return smemTable(rows, columns, { sort: NAME, whole: { memory: 1000, swap: 0 }, ...options })
}

function firstCells(
  rows: readonly Row[], columns: readonly Column<Row>[], options: Partial<TableOptions<Row>>,
): string[] {
  return table(rows, columns, { ...options, header: false }).map((line) => line.trim().split(' ')[0] ?? '')
}
