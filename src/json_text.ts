/** The version of every JSON document that the command writes; it grows when a reader would have to change. */
export const SCHEMA = 1

/**
 * JSON in which nothing can act on a terminal: control characters that JSON leaves alone, and what turns text around or hides
 * it, are written as \u escapes, which mean the same.
 */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, escapeUnits)
}

/** DEL and C1, line separators, bidi controls, invisible marks and tags. */
const UNSAFE = /[\u{7f}-\u{9f}\u{2028}\u{2029}\p{Bidi_Control}\u{feff}\u{fff9}-\u{fffb}\u{e0001}\u{e0020}-\u{e007f}]/gu

function escapeUnits(character: string): string {
  return character.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
}
