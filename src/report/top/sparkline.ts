const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII_RAMP = ['_', '.', '-', '=', '+', '*', '%', '#']

/** Changes below this part of the largest figure are noise, and drawn flat. */
const SMALLEST_RANGE = 0.02

/**
 * The last `width` figures as one character each, from the smallest to the largest among them; a blank where one is not
 * known. Filled with blanks on the left.
 */
export function sparkline(figures: readonly (number | undefined)[], width: number, ascii = false): string {
  const shown = figures.slice(-width)
  const known = shown.filter((figure) => figure !== undefined)
  const smallest = Math.min(...known)
  const largest = Math.max(...known)
  const range = Math.max(largest - smallest, largest * SMALLEST_RANGE)
  const ramp = ascii ? ASCII_RAMP : BLOCKS
  const characters = shown.map((figure) => {
    if (figure === undefined) return ' '
    const height = range === 0 ? 0 : (figure - smallest) / range
    return ramp[Math.round(height * (ramp.length - 1))] ?? ' '
  })
  return characters.join('').padStart(width)
}
