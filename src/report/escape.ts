import { escapeText, hex, UNSAFE_TEXT } from '../unsafe_text.ts'

export { escapeText }

/** As `escapeText`, for bytes: what is not UTF-8 becomes `\xe9`, one for each byte. */
export function escapeBytes(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return latin1.replace(UTF8_OR_BYTE, (part) => {
    const isStray = part.length === 1 && part > '\x7f'
    return isStray ? `\\x${hex(part.charCodeAt(0), 2)}` : escapeText(Buffer.from(part, 'latin1').toString('utf8'))
  })
}

/** Whether `escapeText` would leave the text as it is. */
export function isSafeText(text: string): boolean {
  return text.search(UNSAFE_TEXT) === -1
}

/** Well-formed UTF-8 (The Unicode Standard, table 3-7) in a string of one byte a character, or one other byte. */
const UTF8_OR_BYTE = new RegExp([
  '[\\x00-\\x7f]+',
  '[\\xc2-\\xdf][\\x80-\\xbf]',
  '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]',
  '[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}',
  '\\xed[\\x80-\\x9f][\\x80-\\xbf]',
  '\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}',
  '[\\xf1-\\xf3][\\x80-\\xbf]{3}',
  '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}',
  '[\\x80-\\xff]',
].join('|'), 'g')
