/**
 * Characters by which text acts on whoever shows it, or hides from who reads it: controls (Cc), line separators (Zl, Zp), all
 * that formats and shows nothing (Cf: joiners, zero widths, turns of direction, tags, soft hyphens), what Unicode lets a font
 * leave out (fillers, variation selectors), and, with the `u` flag, surrogates without a partner (Cs).
 */
export const UNSAFE_TEXT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}]/gu

/**
 * Text of other processes, made safe to show: whoever names a process or a file may put escape sequences, line feeds
 * and reversed text into the name, and a table is no place for them.
 *
 * Control characters become `\x1b`, `\n`, `\t` and `\r`. What hides text, turns it around or cannot be seen
 * (C1, all that formats, line separators, fillers, tags, lone surrogates) becomes `\u202e`; emoji that are joined of several
 * show their joiners. All other text stays as it is, the backslash too: a
 * name that holds the four characters `\x1b` looks like one that holds an escape.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE_TEXT, escapeCharacter)
}

const SHORT: ReadonlyMap<string, string> = new Map([['\n', '\\n'], ['\t', '\\t'], ['\r', '\\r']])

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return SHORT.get(character) ?? `\\x${hex(code, 2)}`
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${hex(code, 4)}`
}

/** Lower case, filled up with zeros. */
export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
