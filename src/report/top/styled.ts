import { cutToWidth, displayWidth } from '../width.ts'

export type TextStyle = 'plain' | 'bold' | 'dim' | 'inverse' | 'warning' | 'grown' | 'shrunk'

/** A piece of a line. Its text holds no controls. */
export interface Span {
  readonly text: string
  readonly style?: TextStyle
  /** Columns it takes, where that is known: measuring is most of the work of drawing. */
  readonly width?: number
}

/** A line of a screen, cut to `width` columns, with colours if they are wanted. Without trailing blanks unless inverse. */
export function paintLine(spans: readonly Span[], width: number, colour: boolean): string {
  let left = width
  let line = ''
  for (const { text, style = 'plain', width: known } of spans) {
    if (left <= 0) break
    const isWhole = known !== undefined && known <= left
    const cut = isWhole ? text : cutToWidth(text, left)
    // A wide character that no longer fits ends the line: what follows it must not take its place.
    left = cut.length < text.length ? 0 : left - (isWhole ? known : displayWidth(cut))
    line += colour && style !== 'plain' && cut !== '' ? `${SEQUENCES[style]}${cut}${RESET}` : cut
  }
  return line.trimEnd()
}

const RESET = '\x1b[0m'

const SEQUENCES: Readonly<Record<TextStyle, string>> = {
  plain: '',
  bold: '\x1b[1m',
  dim: '\x1b[2m',
  inverse: '\x1b[7m',
  warning: '\x1b[33m',
  grown: '\x1b[31m',
  shrunk: '\x1b[32m',
}
