/** Text as Python 3 cuts it: what smem's reading of smaps rests on. */

/** `str.splitlines`, without the ends. */
export function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** `str.split` without an argument. */
export function splitWords(text: string): string[] {
  const words = text.split(/[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/)
  return words.filter((word) => word !== '')
}

/** A text file as `open(...).read()` gives it: strict UTF-8, and every line end a line feed. */
export function readText(bytes: Uint8Array): string {
  return decode(bytes).replace(/\r\n?/g, '\n')
}

/** Throws on what is not UTF-8. */
export function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
}
