import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import load from 'node-gyp-build'
import {
  FIELD_COUNT, FIELD_TABLE, MALFORMED_REASONS, MappingColumn, Report, ScanColumn, ScanOutcome, Step,
} from '../../src/native/index.ts'
import { Malformed } from '../../src/native/malformed.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const header = (name: string): string => readFileSync(`${ROOT}src-native/procfs/${name}`, 'utf8')

/** The names of a C++ enumeration in their order, without their k. */
function enumeration(text: string, name: string): string[] {
  const definition = new RegExp(`enum (?:class )?${name}(?: : \\w+)? \\{([^}]*)\\}`).exec(text)
  const body = definition?.[1] ?? assert.fail(`no enum ${name}`)
  return [...body.replaceAll(/\/\/.*/g, '').matchAll(/\bk(\w+)/g)].map((match) => match[1] ?? '')
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** The names of an object of indexes in the order of their numbers, without its length. */
function inOrder(indexes: Readonly<Record<string, number>>): string[] {
  return Object.entries(indexes).filter(([name]) => name !== 'length').sort((a, b) => a[1] - b[1]).map(([name]) => name)
}

describe('the tables that C++ and TypeScript share', () => {
  it('have the same figures in the same order', () => {
    const addon = load(ROOT) as { readonly fieldTable: unknown }
    assert.deepEqual(addon.fieldTable, FIELD_TABLE)
  })

  it('count the figures alike', () => {
    const fields = enumeration(header('fields.h'), 'Field')
    assert.deepEqual(fields.map(lowerFirst), [...FIELD_TABLE.map(([name]) => name), 'fieldCount'])
  })

  it('have a text for every reason to refuse a stream', () => {
    const reasons = enumeration(header('smaps_parser.h'), 'Malformed')
    assert.equal(MALFORMED_REASONS.length, reasons.length)
    assert.deepEqual(inOrder(Malformed), reasons.map(lowerFirst))
    assert.equal(new Set(MALFORMED_REASONS).size, reasons.length)
  })

  it('number the steps and sources of a report alike', () => {
    assert.deepEqual(inOrder(Step), enumeration(header('usage_reader.h'), 'Step').map(lowerFirst))
    assert.deepEqual(enumeration(header('smaps_parser.h'), 'Source'), ['Rollup', 'Smaps'])
  })

  it('number the columns of a mapping alike', () => {
    assert.deepEqual(enumeration(header('mapping_list.h'), 'Column').map(lowerFirst),
      [...inOrder(MappingColumn), 'columnCount'])
  })

  it('number the columns of a scan alike', () => {
    const columns = enumeration(header('process_scan.h'),
      'ScanColumn').map((name) => lowerFirst(name.slice('Scan'.length)))
    assert.deepEqual(columns.slice(0, ScanColumn.report), inOrder(ScanColumn).slice(0, ScanColumn.report))
    assert.equal(columns[ScanColumn.report], 'reportSource')
    assert.deepEqual(columns.slice(ScanColumn.report, -1).map((name) => lowerFirst(name.slice('report'.length))),
      inOrder(Report))
    assert.equal(columns.length - 1, ScanColumn.length)
  })

  it('number the outcomes of a scan alike', () => {
    const text = header('process_scan.h')
    for (const [name, value] of Object.entries(ScanOutcome)) {
      const constant = `kScan${name.charAt(0).toUpperCase()}${name.slice(1)}`
      assert.match(text, new RegExp(`constexpr int ${constant} = ${value};`))
    }
  })

  it('have room for every figure in the bits of a word', () => assert.ok(FIELD_COUNT <= 32))
})
