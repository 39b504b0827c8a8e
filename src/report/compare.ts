import { isFloat, toNumber } from './amount.ts'
import type { Cell } from './columns.ts'

/** The order of two lists: by the first cells that differ, as Python orders tuples. */
export function compareCells(left: readonly Cell[], right: readonly Cell[]): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const order = compareCell(left[index], right[index])
    if (order !== 0) return order
  }
  return left.length - right.length
}

/** Numbers by value, text by code point; unknown before numbers before text. */
export function compareCell(left: Cell, right: Cell): number {
  if (typeof left === 'string' && typeof right === 'string') return compareCodePoints(left, right)
  if (isNumeric(left) && isNumeric(right)) return toNumber(left) - toNumber(right)
  return rank(left) - rank(right)
}

/**
 * JavaScript compares UTF-16 units, in which everything beyond U+FFFF, emoji for one, comes before U+E000 to U+FFFF.
 */
export function compareCodePoints(left: string, right: string): number {
  let index = 0
  while (index < left.length && left.charCodeAt(index) === right.charCodeAt(index)) index++
  if (index === left.length || index === right.length) return left.length - right.length
  // Equal up to here: when these are the second halves of surrogate pairs, the first halves were equal too.
  return weight(left.charCodeAt(index)) - weight(right.charCodeAt(index))
}

/** Moves the surrogates behind all other units. */
function weight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function isNumeric(cell: Cell): cell is Exclude<Cell, string | undefined> {
  return typeof cell === 'number' || isFloat(cell)
}

function rank(cell: Cell): number {
  return cell === undefined ? 0 : isNumeric(cell) ? 1 : 2
}
