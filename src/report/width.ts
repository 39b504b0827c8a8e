import stringWidth from 'string-width'

/** Columns that a text takes on a terminal: two for wide characters, none for combining marks. For text without controls. */
export function displayWidth(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text)
}

/** The longest beginning that fits into `width` columns, in whole characters as a reader sees them. */
export function cutToWidth(text: string, width: number): string {
  if (width <= 0) return ''
  // No character takes less than nothing, and a hostile name may be megabytes of marks: what is cut is bounded first.
  const bounded = text.length > width * MAX_UNITS_PER_COLUMN ? text.slice(0, width * MAX_UNITS_PER_COLUMN) : text
  if (ASCII.test(bounded)) return bounded.slice(0, width)
  segmenter ??= new Intl.Segmenter()
  let used = 0
  let end = 0
  for (const { segment, index } of segmenter.segment(bounded)) {
    used += stringWidth(segment)
    if (used > width) break
    end = index + segment.length
  }
  return bounded.slice(0, end)
}

/** Exactly `width` columns: cut, or filled with blanks on the side that `align` leaves. */
export function fitToWidth(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutToWidth(text, width)
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(cut)))
  return align === 'left' ? cut + blanks : blanks + cut
}

const ASCII = /^[\x20-\x7e]*$/
/** A family emoji of four is 11 UTF-16 units in two columns. */
const MAX_UNITS_PER_COLUMN = 16

/** Made when it is first needed: most tables are ASCII. */
let segmenter: Intl.Segmenter | undefined
