import assert from 'node:assert/strict'

import { newMappingHeader, parseMappingHeader } from '../../../src/native/typescript/mapping_header.ts'
import type { Word } from '../../../src/native/typescript/word.ts'
import { toBytes } from './smaps_text.ts'

const HEADER = '7f00-8f00 r-xp 00002000 08:01 4711'

describe('the line of a mapping, in TypeScript', () => {
  it('gives its addresses, offset, inode, perms and device', () => {
    const addresses = 'ffffffffff600000-ffffffffff601000'
    const { header, bytes } = parse(`${addresses} rw-s fffffffffffff000 103:0a 18446744073709551615`)
    assert.equal(value(header.start), 0xffffffffff600000n)
    assert.equal(value(header.end), 0xffffffffff601000n)
    assert.equal(value(header.offset), 0xfffffffffffff000n)
    assert.equal(value(header.inode), 18446744073709551615n)
    const text = Buffer.from(bytes).toString('latin1')
    assert.equal(text.slice(header.permsAt, header.permsAt + 4), 'rw-s')
    assert.equal(text.slice(header.deviceAt, header.deviceAt + header.deviceSize), '103:0a')
  })

  it('finds the path behind any number of spaces', () => {
    assert.equal(parse(`${HEADER}          /a b`).path, HEADER.length + 10)
    assert.equal(parse(`${HEADER} `).path, HEADER.length + 1)
    assert.equal(parse(HEADER).path, HEADER.length)
  })

  it('wants the path to start within the head of a longer line', () => {
    assert.equal(parse(`${HEADER} /`, false).path, HEADER.length + 1)
    assert.equal(parse(`${HEADER} `, false).path, -1)
    assert.equal(parse(HEADER, false).path, -1)
  })

  it('takes 16 hexadecimal digits and no more', () => {
    assert.notEqual(parse('0000000000007f00-8f00 r-xp 0 08:01 1').path, -1)
    assert.equal(parse('00000000000007f00-8f00 r-xp 0 08:01 1').path, -1)
  })

  it('takes an inode of 64 bits and no more, whatever zeros lead it', () => {
    assert.notEqual(parse('1-2 r-xp 0 08:01 0000000000000000000018446744073709551615').path, -1)
    assert.equal(parse('1-2 r-xp 0 08:01 18446744073709551616').path, -1)
    assert.equal(parse(`1-2 r-xp 0 08:01 ${'9'.repeat(400)}`).path, -1)
  })

  it('keeps what a double would round', () => {
    assert.equal(value(parse('1-2 r-xp 0 08:01 9007199254740993').header.inode), 9007199254740993n)
    assert.equal(value(parse('1-2 r-xp 0 08:01 9007199254740991').header.inode), 9007199254740991n)
  })

  it('takes a mapping that is empty, and none that ends before it starts', () => {
    assert.notEqual(parse('8f00-8f00 r-xp 0 08:01 1').path, -1)
    assert.equal(parse('ffffffffff600001-ffffffffff600000 r-xp 0 08:01 1').path, -1)
  })

  it('refuses every line that is cut short', () => {
    for (let size = 0; size < HEADER.length - '4711'.length + 1; size += 1) {
      assert.equal(parse(HEADER.slice(0, size)).path, -1, HEADER.slice(0, size))
    }
  })

  it('refuses capitals, other perms, other separators', () => {
    for (const line of ['7F00-8f00 r-xp 0 08:01 1', '1-2 rwxP 0 08:01 1', '1-2 wr-p 0 08:01 1', '1-2  r-xp 0 08:01 1',
      '1-2 r-xp 0 0801 1', '1-2 r-xp 0 08:01\t1', '1 2 r-xp 0 08:01 1', '1-2 r-xp 0 08:01 1x']) {
      assert.equal(parse(line).path, -1, line)
    }
  })
})

function parse(line: string, complete = true) {
  // Bytes around the line that would continue it, if they were looked at.
  const bytes = toBytes(`ff${line}99`)
  const header = newMappingHeader()
  const path = parseMappingHeader(bytes, 2, bytes.length - 2, complete, header)
  return { header, bytes, path: path < 0 ? path : path - 2 }
}

function value(word: Word): bigint {
  return (BigInt(word.high) << 32n) | BigInt(word.low)
}
