import { escapeText } from '../escape.ts'
import { formatHalfEven } from '../half_even.ts'
import { cutToWidth, displayWidth } from '../width.ts'

/** Bytes for people: '812 kB', '1.2 GB', units of 1024; one digit after the point below 100, none for bytes. */
export function humanBytes(bytes: number): string {
  let scaled = bytes
  let step = 0
  // 1023.6 MB would be written as 1024 MB.
  while (Math.abs(scaled) >= 1023.5 && step < UNITS.length - 1) {
    scaled /= 1024
    step++
  }
  return `${formatHalfEven(scaled, step === 0 || Math.abs(scaled) >= 99.95 ? 0 : 1)} ${UNITS[step] ?? ''}`
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** A share from 0 to 1: '12.3%'. */
export function humanShare(share: number): string {
  return `${formatHalfEven(100 * share, 1)}%`
}

/**
 * Any text as the content of an XML or HTML element, or of an attribute in quotes. Control characters and what turns
 * text around become visible first; what XML does not allow at all becomes U+FFFD.
 */
export function escapeXml(text: string): string {
  return escapeText(text).replace(NOT_XML, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

const NOT_XML = /[\ufffe\uffff]/g
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text of another process as it may be shown, at most `columns` wide on a terminal; `mark` stands for what was cut. */
export function toLabel(text: string, columns: number, mark = '…'): string {
  // Command lines may be megabytes; what is shown of them is not looked for further than this.
  const beginning = text.slice(0, columns * 16)
  const safe = escapeText(beginning)
  if (beginning.length === text.length && displayWidth(safe) <= columns) return safe
  const room = columns - displayWidth(mark)
  return room < 0 ? '' : cutToWidth(safe, room) + mark
}
