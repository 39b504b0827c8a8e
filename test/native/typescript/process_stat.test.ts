import assert from 'node:assert/strict'
import { endianness } from 'node:os'

import { pageSizeFromAuxv } from '../../../src/native/typescript/page_size.ts'
import { hasAddressSpace, isDead, parseProcessStat, parseStatm } from '../../../src/native/typescript/process_stat.ts'
import { toBytes } from './smaps_text.ts'

describe('stat and statm, in TypeScript', () => {
  it('gives parent, threads and start time', () => {
    const stat = parseProcessStat(toBytes(statLine({})))
    assert.ok(stat)
    const { state, ppid, threads, startTicks, kernelThread } = stat
    assert.deepEqual({ state, ppid, threads, startTicks, kernelThread }, {
      state: 'S'.charCodeAt(0), ppid: 17, threads: 3, startTicks: 123456, kernelThread: false,
    })
  })

  it('takes any name for a name, parentheses and newlines included', () => {
    for (const comm of ['node', ') S 1 (', '(((', ')))', 'a b\nc', '\xff\xfe', '']) {
      const stat = parseProcessStat(toBytes(statLine({ comm })))
      assert.equal(Buffer.from(stat?.comm ?? []).toString('latin1'), comm)
      assert.equal(stat?.ppid, 17)
    }
  })

  it('knows who has no address space', () => {
    const of = (fields: StatFields) => {
      const stat = parseProcessStat(toBytes(statLine(fields)))
      assert.ok(stat)
      return [isDead(stat), hasAddressSpace(stat)]
    }
    assert.deepEqual(of({}), [false, true])
    for (const state of ['Z', 'X', 'x']) assert.deepEqual(of({ state }), [true, false])
    assert.deepEqual(of({ flags: 2129984 }), [false, false])
    assert.deepEqual(of({ state: 'T' }), [false, true])
  })

  it('does not take other text for a stat line', () => {
    const line = statLine({})
    const parts = ['', '17', '17 (x)', '17 (x) ', '17 )x( S 1', '17 (x) SS 1 1']
    for (const text of [...parts, line.slice(0, 40), line.replace(' 17 ', ' -1 ')]) {
      assert.equal(parseProcessStat(toBytes(text)), undefined, text)
    }
  })

  it('takes a line that ends after the start time', () => {
    const words = statLine({}).split(' ')
    assert.equal(parseProcessStat(toBytes(`${words.slice(0, 22).join(' ')}\n`))?.startTicks, 123456)
    assert.equal(parseProcessStat(toBytes(words.slice(0, 21).join(' '))), undefined)
  })

  it('reads pages from statm', () => {
    assert.deepEqual(parseStatm(toBytes('100 50 20 1 0 30 0\n')), { size: 100, resident: 50 })
    assert.deepEqual(parseStatm(toBytes('0 0')), { size: 0, resident: 0 })
    for (const text of ['', '100', '100 ', 'x 1', '1 x', '1  2', '1 18446744073709551616']) {
      assert.equal(parseStatm(toBytes(text)), undefined, text)
    }
  })
})

describe('the page size, in TypeScript', () => {
  it('comes from the auxiliary vector, of either word size', () => {
    assert.equal(pageSizeFromAuxv(auxv(8, [[33, 5], [6, 16384], [0, 0]]), 8), 16384)
    assert.equal(pageSizeFromAuxv(auxv(4, [[33, 5], [6, 65536], [0, 0]]), 4), 65536)
  })

  it('is 4096 where the vector does not say, or says nonsense', () => {
    assert.equal(pageSizeFromAuxv(new Uint8Array(0), 8), 4096)
    assert.equal(pageSizeFromAuxv(auxv(8, [[6, 4096]]).subarray(0, 15), 8), 4096)
    for (const size of [0, 100, 5000, 2 ** 40]) assert.equal(pageSizeFromAuxv(auxv(8, [[6, size]]), 8), 4096)
  })
})

interface StatFields {
  comm?: string
  state?: string
  flags?: number
}

function statLine({ comm = 'x', state = 'S', flags = 4194304 }: StatFields): string {
  return `4711 (${comm}) ${state} 17 1 1 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 3 0 123456 ${'0 '.repeat(29)}0\n`
}

function auxv(wordSize: 4 | 8, pairs: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = new Uint8Array(pairs.length * 2 * wordSize)
  const view = new DataView(bytes.buffer)
  const little = endianness() === 'LE'
  for (const [i, word] of pairs.flat().entries()) {
    if (wordSize === 8) view.setBigUint64(i * 8, BigInt(word), little)
    else view.setUint32(i * 4, word, little)
  }
  return bytes
}
