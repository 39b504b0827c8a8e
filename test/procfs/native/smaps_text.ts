/** smaps text as the kernel prints it, one character for each byte, for tests that then spoil it. */

/** "Rss:                   4 kB\n" */
export function field(name: string, kilobytes: number | bigint | string): string {
  return `${`${name}:`.padEnd(16)}${String(kilobytes).padStart(8)} kB\n`
}

/** A mapping's line. The path starts in column 73 as in the kernel; without one the line ends with a space. */
export function header(range: string, path = '', fixed = 'r--p 00000000 08:01 7'): string {
  const line = `${range} ${fixed} `
  return path === '' ? `${line}\n` : `${line.padEnd(73)}${path}\n`
}

/** A mapping with `fields`, or just Rss of 4 kB. */
export function record(range: string, path = '', fields: string = field('Rss', 4)): string {
  return header(range, path) + fields
}

/** Mappings of one page, one after the other, each with its own fields. */
export function pages(...fields: readonly string[]): string {
  return fields.map((text, i) => record(`${i + 1}000-${i + 2}000`, '', text)).join('')
}

/** `count` mappings with the same fields. */
export function records(count: number, fields: string): string {
  return pages(...Array<string>(count).fill(fields))
}
