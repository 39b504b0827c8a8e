/** What to write to turn one screen into another: only lines that differ. All of them when there is no `before`. */
export function screenUpdate(before: readonly string[] | undefined, after: readonly string[]): string {
  const clear = before === undefined ? '\x1b[0m\x1b[2J' : ''
  const lines = after.flatMap((line, index) =>
    (before !== undefined && before[index] === line ? [] : [`${moveTo(index)}${line}\x1b[K`]))
  return clear + lines.join('')
}

/** To the first column of a line, counted from 0. */
export function moveTo(line: number): string {
  return `\x1b[${line + 1};1H`
}
