import { UNSAFE_TEXT } from './unsafe_text.ts'

/** The version of every JSON document that the command writes; it grows when a reader would have to change. */
export const SCHEMA = 1

/**
 * JSON in which nothing can act on a terminal: control characters that JSON leaves alone, and what turns text around, hides
 * it or is not seen, are written as \u escapes, which mean the same.
 */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE_TEXT, escapeUnits)
}

function escapeUnits(character: string): string {
  return character.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
}
