/** 64 bits as two halves of 32: exact where a double is not, and far cheaper than a BigInt. */
export interface Word {
  high: number
  low: number
}

const HALF = 2 ** 32

export function setWord(word: Word, from: Word): void {
  word.high = from.high
  word.low = from.low
}

/** `value` is an integer of at most 2^53 - 1. */
export function setWordToNumber(word: Word, value: number): void {
  word.high = Math.floor(value / HALF)
  word.low = value >>> 0
}

export function setWordToBigInt(word: Word, value: bigint): void {
  word.high = Number((value >> 32n) & 0xffffffffn)
  word.low = Number(value & 0xffffffffn)
}

/** Rounded as a conversion of the 64-bit integer would be. */
export function wordToNumber(word: Word): number {
  return word.high * HALF + word.low
}

/** Whether `a` >= `b`. */
export function atLeast(a: Word, b: Word): boolean {
  return a.high > b.high || (a.high === b.high && a.low >= b.low)
}
