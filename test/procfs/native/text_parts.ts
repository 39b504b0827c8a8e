/** The lines and records of smaps text, well-formed or not. */

/** From, and to (exclusive). */
export type Bounds = readonly [from: number, to: number]

/** Whether the line at `from` starts as headers do. */
export function isHeader(text: Uint8Array, from: number): boolean {
  const first = text[from] ?? 0
  return (first >= 0x30 && first <= 0x39) || (first >= 0x61 && first <= 0x66)
}

/** Every line with its end; one empty line when there is no text. */
export function lineBounds(text: Buffer): Bounds[] {
  const lines: Bounds[] = []
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf(0x0a, from)
    const to = newline < 0 ? text.length : newline + 1
    lines.push([from, to])
    from = to
  }
  return lines.length > 0 ? lines : [[0, 0]]
}

/** Every header with its fields; the whole text when there is no header. */
export function recordBounds(text: Buffer): Bounds[] {
  const starts = lineBounds(text).map(([from]) => from).filter((from) => isHeader(text, from))
  const records = starts.map((from, i): Bounds => [from, starts[i + 1] ?? text.length])
  return records.length > 0 ? records : [[0, text.length]]
}
