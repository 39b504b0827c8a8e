import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { escapeBytes, escapeText, isSafeText } from '../../src/report/escape.ts'

describe('escapeText', () => {
  const cases: readonly (readonly [what: string, text: string, escaped: string])[] = [
    ['escape sequences', '\x1b[31mred', '\\x1b[31mred'],
    ['line ends and tabs', 'a\nb\tc\rd', 'a\\nb\\tc\\rd'],
    ['other control characters', '\0\x07\x08\x1f\x7f', '\\x00\\x07\\x08\\x1f\\x7f'],
    ['C1 control characters', '\u0080\u009b2J', '\\u0080\\u009b2J'],
    ['text turned around', 'a\u202etxt.exe\u202c', 'a\\u202etxt.exe\\u202c'],
    ['other bidi controls', '\u2066\u2069\u200e\u061c', '\\u2066\\u2069\\u200e\\u061c'],
    ['line and paragraph separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['lone surrogates', '\ud800x\udc00', '\\ud800x\\udc00'],
    ['byte order marks and invisible tags', '\ufeff\u{e0041}\u{e0001}', '\\ufeff\\u{e0041}\\u{e0001}'],
    ['zero widths and joiners', 'pay\u200bpal\u200c\u200d\u2060', 'pay\\u200bpal\\u200c\\u200d\\u2060'],
    ['soft hyphens', 'a\u00adb', 'a\\u00adb'],
    ['fillers that show nothing', '\u3164\u115f\u1160\uffa0\u17b4', '\\u3164\\u115f\\u1160\\uffa0\\u17b4'],
    ['variation selectors', 'a\ufe0f\u{e0100}', 'a\\ufe0f\\u{e0100}'],
    ['invisible operators', '2\u20622\u206a', '2\\u20622\\u206a'],
  ]
  for (const [what, text, escaped] of cases) it(`shows ${what}`, () => assert.equal(escapeText(text), escaped))

  it('leaves all other text as it is', () => {
    const texts = ['', '/usr/bin/node --a=b', 'café', '日本語', '😀', 'back\\slash', 'e\u0301', 'نرم']
    for (const text of texts) assert.equal(escapeText(text), text)
  })

  it('leaves nothing that it would escape again', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => isSafeText(escapeText(text))))
  })
})

describe('escapeBytes', () => {
  it('reads UTF-8', () => {
    assert.equal(escapeBytes(Buffer.from('café 日本語 😀 \x1b[0m')), 'café 日本語 😀 \\x1b[0m')
  })

  it('shows each byte that is not UTF-8', () => {
    assert.equal(escapeBytes(Buffer.from('caf\xe9\xff', 'latin1')), 'caf\\xe9\\xff')
    assert.equal(escapeBytes(Buffer.from([0xc0, 0x80])), '\\xc0\\x80', 'overlong')
    assert.equal(escapeBytes(Buffer.from([0xed, 0xa0, 0x80])), '\\xed\\xa0\\x80', 'surrogate')
    assert.equal(escapeBytes(Buffer.from([0xf4, 0x90, 0x80, 0x80])), '\\xf4\\x90\\x80\\x80', 'beyond U+10FFFF')
    assert.equal(escapeBytes(Buffer.from([0xe6, 0x97, 0x41])), '\\xe6\\x97A', 'cut short')
  })

  it('looks at no byte outside a view of a larger buffer', () => {
    assert.equal(escapeBytes(Buffer.from('abcdef').subarray(2, 4)), 'cd')
  })

  it('is escapeText where the bytes are well-formed', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(escapeBytes(Buffer.from(text)), escapeText(text))
    }))
  })
})
