import assert from 'node:assert/strict'
import { toJsonText } from '../src/json_text.ts'
import { escapeText, isSafeText } from '../src/report/index.ts'

describe('JSON text', () => {
  it('shows what acts on a terminal or is not seen there, and means the same', () => {
    for (const text of ['\x1b[31m', 'a\u200bb', '\u202e', 'x\u00ady', '\u{e0041}', '\u3164', '\x7f\u009b', '\ud800', 'a\ufe0f']) {
      const json = toJsonText({ text })
      assert.ok(isSafeText(json), escapeText(json))
      assert.deepEqual(JSON.parse(json), { text })
    }
  })

  it('leaves all other text as it is', () => {
    assert.equal(toJsonText('café 日本語 😀'), '"café 日本語 😀"')
  })
})
