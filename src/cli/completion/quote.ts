/** One word of a POSIX shell, whatever the text holds. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** One word of fish, where a backslash acts in single quotes too. */
export function fishWord(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}

/** Every line of a text further in. */
export function indented(lines: readonly string[], spaces: number): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(spaces) + line))
}
