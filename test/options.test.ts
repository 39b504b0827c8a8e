import assert from 'node:assert/strict'
import {
  checkInteger, checkOneOf, checkOptions, checkPath, checkPid, show, toBytes, toMilliseconds,
} from '../src/options.ts'

describe('a size', () => {
  const cases: readonly (readonly [number | string, number])[] = [
    [0, 0], [1.5, 1.5], [Infinity, Infinity], ['0', 0], ['512', 512], ['512B', 512], ['1k', 1024], ['1K', 1024],
    ['1KB', 1024], ['1KiB', 1024], ['512MB', 536870912], ['1.5GiB', 1610612736], ['2g', 2147483648],
      [' 3 T ', 3298534883328],
    ['0.3k', 307],
  ]
  for (const [text, bytes] of cases) {
    it(`of ${show(text)} is ${bytes} bytes`, () => assert.equal(toBytes(text, 'maxRss'), bytes))
  }

  const wrong = [-1, NaN, -Infinity, '12XB', '', 'MB', '1,5G', '-1M', '1e3', '0x10', '1MBB', '1 M B', null, undefined,
    1n, true, {}]
  for (const value of wrong) {
    it(`is never ${show(value)}`, () => {
      assert.throws(() => toBytes(value, 'maxRss'), {
        name: 'TypeError',
        message: `"maxRss" must be a number of bytes or a string such as '512MB', got ${show(value)}`,
      })
    })
  }
})

describe('a duration', () => {
  const cases: readonly (readonly [number | string, number])[] = [
    [0, 0], [0.5, 0.5], [Infinity, Infinity], ['250ms', 250], ['30s', 30000], ['1.5 s', 1500], ['5m', 300000],
      ['1h', 3600000],
  ]
  for (const [text, ms] of cases) {
    it(`of ${show(text)} is ${ms} ms`, () => assert.equal(toMilliseconds(text, 'budgetMs'), ms))
  }

  for (const value of [-1, NaN, '30', '30S', '1d', '5 M', 's', '', null, undefined, 10n, {}]) {
    it(`is never ${show(value)}`, () => {
      assert.throws(() => toMilliseconds(value, 'budgetMs'), {
        name: 'TypeError',
        message: `"budgetMs" must be a number of milliseconds or a string such as '30s', got ${show(value)}`,
      })
    })
  }
})

describe('options', () => {
  it('may be empty, or hold what is known', () => {
    checkOptions({}, ['one'], 'call')
    checkOptions({ one: undefined }, ['one', 'two'], 'call')
  })

  it('are an object', () => {
    for (const [value, shown] of [[null, 'null'], [7, '7'], ['x', "'x'"], [undefined, 'undefined'], [[], 'an array']] as const) {
      assert.throws(() => checkOptions(value, ['one'], 'call'), {
        name: 'TypeError', message: `the options of call must be an object, got ${shown}`,
      })
    }
    assert.throws(() => checkOptions(() => 1, ['one'],
      'call'), { message: 'the options of call must be an object, got a function' })
  })

  it('that are misspelt get the nearest name', () => {
    assert.throws(() => checkOptions({ procroot: '/p' }, ['source', 'procRoot'], 'call'), {
      name: 'TypeError', message: 'unknown option "procroot" of call: did you mean "procRoot"?',
    })
    assert.throws(() => checkOptions({ suorce: '/p' }, ['source', 'procRoot'], 'call'), {
      message: 'unknown option "suorce" of call: did you mean "source"?',
    })
  })

  it('that are nothing like a known one get the list', () => {
    assert.throws(() => checkOptions({ verbose: true }, ['source', 'procRoot'], 'call'), {
      name: 'TypeError', message: 'unknown option "verbose" of call: it takes "source", "procRoot"',
    })
  })
})

describe('a pid', () => {
  it('is a positive integer up to the largest that Linux gives', () => {
    for (const pid of [1, 4194304]) checkPid(pid)
    for (const pid of [0, -1, 1.5, NaN, Infinity, 4194305, 2 ** 31, '1', null, undefined, 1n, {}, [1]]) {
      assert.throws(() => checkPid(pid), {
        name: 'TypeError', message: `"pid" must be a positive integer up to 4194304, got ${show(pid)}`,
      })
    }
  })
})

describe('one of several words', () => {
  it('is none but these', () => {
    checkOneOf('smaps', 'source', ['rollup', 'smaps'])
    for (const value of ['statm', '', null, 1, ['smaps']]) {
      assert.throws(() => checkOneOf(value, 'source', ['rollup', 'smaps']), {
        name: 'TypeError', message: `"source" must be 'rollup' or 'smaps', got ${show(value)}`,
      })
    }
  })

  it('is suggested when it is nearly right', () => {
    assert.throws(() => checkOneOf('rolup', 'source', ['rollup', 'smaps']), {
      name: 'TypeError', message: '"source" must be \'rollup\' or \'smaps\', got \'rolup\'; did you mean \'rollup\'?',
    })
  })
})

describe('a path and a count', () => {
  it('are checked', () => {
    checkPath('/proc', 'procRoot')
    for (const value of ['', 'a\0b', 1, null, undefined, Buffer.from('/proc')]) {
      assert.throws(() => checkPath(value, 'procRoot'), {
        name: 'TypeError', message: `"procRoot" must be a path, got ${show(value)}`,
      })
    }
    checkInteger(1, 'threads', 1, 256)
    for (const value of [0, 257, 1.5, NaN, '2', null, 2n]) {
      assert.throws(() => checkInteger(value, 'threads', 1, 256), {
        name: 'TypeError', message: `"threads" must be an integer from 1 to 256, got ${show(value)}`,
      })
    }
  })
})

describe('a value in a message', () => {
  it('is shown as it would be written', () => {
    const shown = ['a', 1, -0, 2n, null, undefined, true, NaN, [1], {}, () => 1, Symbol('x')].map(show)
    assert.deepEqual(shown, [
      "'a'", '1', '0', '2n', 'null', 'undefined', 'true', 'NaN', 'an array', 'an object', 'a function', 'a symbol',
    ])
  })

  it('is cut when it is long', () => assert.equal(show('x'.repeat(61)), `'${'x'.repeat(60)}...'`))
})
