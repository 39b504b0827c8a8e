import assert from 'node:assert/strict'
import {
  openProcess, readMappings, readMeminfo, readSmaps, readSmapsInto, scanProcesses, Field,
} from '../../src/index.ts'
import { show } from '../../src/options.ts'
import * as promises from '../../src/promises.ts'

/** A call with arguments that its type forbids. It gives a promise, so that all calls can be tested alike. */
type Call = (...args: readonly unknown[]) => Promise<unknown>

const untyped = (call: unknown): Call => async (...args) => (call as (...args: readonly unknown[]) => unknown)(...args)

const withPid: Readonly<Record<string, Call>> = {
  readSmaps: untyped(readSmaps), readMappings: untyped(readMappings), openProcess: untyped(openProcess),
  'readSmaps of promises': untyped(promises.readSmaps), 'readMappings of promises': untyped(promises.readMappings),
}
const scans: Readonly<Record<string, Call>> = {
  scanProcesses: untyped(scanProcesses), 'scanProcesses of promises': untyped(promises.scanProcesses),
}

function refuses(promise: Promise<unknown>, message: string): Promise<void> {
  return assert.rejects(promise, { name: 'TypeError', message })
}

for (const [name, call] of Object.entries(withPid)) {
  describe(`the arguments of ${name}`, () => {
    const caller = name.split(' ')[0] ?? ''
    const sourced = caller === 'readSmaps'
    const awaited = name.endsWith('promises')

    for (const pid of [0, -1, 1.5, NaN, '1', null, 2 ** 31, 1n, Infinity, {}, true]) {
      it(`refuse the pid ${show(pid)}`, () =>
        refuses(call(pid), `"pid" must be a positive integer up to 4194304, got ${show(pid)}`))
    }

    it('refuse options that are no object', async () => {
      await refuses(call(1, null), `the options of ${caller} must be an object, got null`)
      await refuses(call(1, 'smaps'), `the options of ${caller} must be an object, got 'smaps'`)
      await refuses(call(1, []), `the options of ${caller} must be an object, got an array`)
      await refuses(call(1, () => 1), `the options of ${caller} must be an object, got a function`)
    })

    it('refuse an option that is misspelt', () =>
      refuses(call(1, { procroot: '/proc' }), `unknown option "procroot" of ${caller}: did you mean "procRoot"?`))

    it('refuse an option that is unknown', () => {
      const known = [...(sourced ? ['"source"'] : []), '"procRoot"', ...(awaited ? ['"signal"'] : [])]
      return refuses(call(1, { verbose: 1 }), `unknown option "verbose" of ${caller}: it takes ${known.join(', ')}`)
    })

    for (const procRoot of ['', 'a\0b', 1, null]) {
      it(`refuse the procRoot ${show(procRoot)}`, () =>
        refuses(call(1, { procRoot }), `"procRoot" must be a path, got ${show(procRoot)}`))
    }

    if (sourced) {
      for (const source of ['statm', '', null, 0, ['rollup']]) {
        it(`refuse the source ${show(source)}`, () =>
          refuses(call(1, { source }), `"source" must be 'rollup' or 'smaps', got ${show(source)}`))
      }
      it('suggest the source that was meant', () =>
        refuses(call(1, { source: 'smap' }), '"source" must be \'rollup\' or \'smaps\', got \'smap\'; did you mean \'smaps\'?'))
    }

    if (awaited) {
      for (const signal of [null, {}, 'abort', new AbortController()]) {
        it(`refuse the signal ${show(signal)}`, () =>
          refuses(call(process.pid, { signal }), `"signal" must be an AbortSignal, got ${show(signal)}`))
      }
    }

    it('take an option that is undefined for one that is not given', async () => {
      const result = await call(process.pid, { procRoot: undefined })
      const holds = result !== null && typeof result === 'object' && Symbol.dispose in result
      if (holds) (result as Disposable)[Symbol.dispose]()
    })
  })
}

for (const [name, call] of Object.entries(scans)) {
  describe(`the arguments of ${name}`, () => {
    const signal = name.endsWith('promises') ? ', "signal"' : ''

    it('refuse what is no set of known options', async () => {
      await refuses(call(null), 'the options of scanProcesses must be an object, got null')
      await refuses(call({ maxRSS: 1 }), 'unknown option "maxRSS" of scanProcesses: did you mean "maxRss"?')
      await refuses(call({ verbose: 1 }),
        'unknown option "verbose" of scanProcesses: it takes "source", "filter", "mappings", ' +
        `"threads", "maxRss", "budgetMs", "procRoot"${signal}`)
    })

    it('refuse a wrong source', () =>
      refuses(call({ source: 'all' }), '"source" must be \'rollup\' or \'smaps\', got \'all\''))
    it('refuse a wrong procRoot', () => refuses(call({ procRoot: '' }), '"procRoot" must be a path, got \'\''))
    it('refuse a filter that is no function', async () => {
      for (const filter of [null, {}, /node/]) {
        await refuses(call({ filter }), `"filter" must be a function, got ${show(filter)}`)
      }
    })

    it('refuse mappings that are no yes or no', () =>
      refuses(call({ mappings: 'all' }), '"mappings" must be true or false, got \'all\''))

    for (const threads of [0, -1, 1.5, 257, NaN, '2', null]) {
      it(`refuse ${show(threads)} threads`, () =>
        refuses(call({ threads }), `"threads" must be an integer from 1 to 256, got ${show(threads)}`))
    }

    for (const maxRss of ['12XB', -1, NaN, '', null]) {
      it(`refuse the maxRss ${show(maxRss)}`, () =>
        refuses(call({ maxRss }),
          `"maxRss" must be a number of bytes or a string such as '512MB', got ${show(maxRss)}`))
    }

    for (const budgetMs of ['5', -1, NaN, '1d', null]) {
      it(`refuse the budgetMs ${show(budgetMs)}`, () =>
        refuses(call({ budgetMs }),
          `"budgetMs" must be a number of milliseconds or a string such as '30s', got ${show(budgetMs)}`))
    }

    if (signal !== '') {
      it('refuse a signal that is none',
        () => refuses(call({ signal: {} }), '"signal" must be an AbortSignal, got an object'))
    } else {
      it('refuse a signal, for it cannot be heard', () =>
        refuses(call({ signal: new AbortController().signal }),
          'unknown option "signal" of scanProcesses: it takes "source", ' +
          '"filter", "mappings", "threads", "maxRss", "budgetMs", "procRoot"'))
    }
  })
}

describe('the arguments of readSmapsInto', () => {
  const call = untyped(readSmapsInto)
  const target = new Float64Array(Field.length)
  const wanted = '"target" must be a Float64Array of at least 25 elements (Field.length), got'

  it('refuse an array that is too short', () => refuses(call(new Float64Array(24)), `${wanted} one of 24`))
  it('refuse an array of another type', async () => {
    await refuses(call(new Float32Array(25)), `${wanted} an object`)
    await refuses(call(Array.from({ length: 25 })), `${wanted} an array`)
    await refuses(call(undefined), `${wanted} undefined`)
  })
  it('refuse an array whose memory was given away', async () => {
    const given = new Float64Array(Field.length)
    structuredClone(given, { transfer: [given.buffer] })
    await refuses(call(given), `${wanted} one of 0`)
  })
  it('refuse a wrong pid', () => refuses(call(target, '1'), '"pid" must be a positive integer up to 4194304, got \'1\''))
  it('refuse a wrong source', () => refuses(call(target, 1, 'x'), '"source" must be \'rollup\' or \'smaps\', got \'x\''))
  it('take an array that is longer, and leave its end alone', async () => {
    const longer = new Float64Array(Field.length + 2).fill(-7)
    assert.equal(await call(longer), 0)
    assert.deepEqual([...longer.subarray(Field.length)], [-7, -7])
  })
  it('take an array that begins in the middle of its buffer', async () => {
    const buffer = new Float64Array(3 * Field.length).fill(-7)
    assert.equal(await call(buffer.subarray(Field.length, 2 * Field.length)), 0)
    assert.ok(buffer.subarray(0, Field.length).every((value) => value === -7))
    assert.ok(buffer.subarray(2 * Field.length).every((value) => value === -7))
    assert.ok((buffer[Field.length + (Field['rss'] ?? NaN)] ?? NaN) > 0)
  })
})

describe('the arguments of a handle', () => {
  it('are checked as those of the functions are', async () => {
    using handle = openProcess(process.pid)
    await refuses(untyped(handle.read.bind(handle))('x'), '"source" must be \'rollup\' or \'smaps\', got \'x\'')
    await refuses(untyped(handle.readInto.bind(handle))(new Float32Array(25)),
      '"target" must be a Float64Array of at least 25 elements (Field.length), got an object')
  })
})

describe('the arguments of readMeminfo', () => {
  it('are checked', async () => {
    const call = untyped(readMeminfo)
    await refuses(call(null), 'the options of readMeminfo must be an object, got null')
    await refuses(call({ root: '/' }), 'unknown option "root" of readMeminfo: it takes "procRoot"')
    await refuses(call({ procRoot: 5 }), '"procRoot" must be a path, got 5')
  })
})
