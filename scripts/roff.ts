/** Text as groff's man macros show it unchanged: nothing in it is a request, an escape or a typographic dash. */
export function roffText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll(/[-'`^~"]/g, (character) => SPECIAL[character] ?? character)
    .replaceAll(/[^\x20-\x7e\n]/gu, (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`)
    // A dot at the start of a line is a request.
    .replaceAll(/^\./gm, '\\&.')
}

/** What people copy has to come out as the ASCII that was put in. */
const SPECIAL: Readonly<Record<string, string>> = {
  '-': '\\-', "'": '\\(aq', '`': '\\(ga', '^': '\\(ha', '~': '\\(ti', '"': '\\(dq',
}

/** A request or macro with arguments that may hold blanks: `.SH "EXIT STATUS"`. */
export function macro(name: string, ...words: readonly string[]): string {
  return [`.${name}`, ...words.map((word) => `"${word}"`)].join(' ')
}

export function bold(text: string): string {
  return `\\fB${roffText(text)}\\fR`
}

export function italic(text: string): string {
  return `\\fI${roffText(text)}\\fR`
}
