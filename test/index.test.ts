import assert from 'node:assert/strict'
import * as library from '../src/index.ts'
import { FIELD_TABLE } from '../src/native/index.ts'
import * as promises from '../src/promises.ts'

describe('the package', () => {
  it('exports its calls and nothing else', () => {
    assert.deepEqual(Object.keys(library).sort(), [
      'Field', 'SmemError', 'openProcess', 'readMappings', 'readMeminfo', 'readMemoryScope', 'readSmaps', 'readSmapsInto',
      'scanProcesses', 'support', 'watchPressure',
    ])
  })

  it('exports the calls that can wait under the same names', () => {
    assert.deepEqual(Object.keys(promises).sort(), ['readMappings', 'readSmaps', 'scanProcesses'])
  })

  it('numbers the figures from 0 and cannot be made to number them otherwise', () => {
    assert.deepEqual(Object.keys(library.Field), [...FIELD_TABLE.map(([name]) => name), 'length'])
    assert.deepEqual(Object.values(library.Field), [...FIELD_TABLE.keys(), FIELD_TABLE.length])
    assert.ok(Object.isFrozen(library.Field))
  })

  it('names every figure of a reading as Field does', () => {
    const { source, costNs, ...figures } = library.readSmaps()
    assert.deepEqual(Object.keys(figures), FIELD_TABLE.map(([name]) => name))
    assert.ok(source.length > 0 && costNs > 0)
  })
})

describe('an error of the library', () => {
  it('is an Error with a code, a stack and its details', () => {
    const error = new library.SmemError('ESRCH', 'gone', { errno: -3, syscall: 'open', path: '/proc/1', pid: 1 })
    assert.ok(error instanceof Error)
    assert.equal(String(error), 'SmemError: gone')
    assert.deepEqual({ ...error }, { name: 'SmemError', code: 'ESRCH', errno: -3, syscall: 'open', path: '/proc/1',
      pid: 1 })
    assert.ok(error.stack?.includes('index.test'))
  })

  it('has no details that it was not given', () => {
    assert.deepEqual(Object.keys(new library.SmemError('ERR_NO_SMAPS', 'none')).sort(), ['code', 'name'])
  })
})
