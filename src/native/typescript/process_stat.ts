import { NEWLINE, SPACE, takeDecimal } from './digits.ts'
import type { Cursor } from './digits.ts'
import { wordToNumber } from './word.ts'
import type { Word } from './word.ts'

/** So much of stat is read: 52 numbers and a comm of at most 64 bytes. */
export const STAT_SIZE = 1024
export const STATM_SIZE = 160

const PF_KTHREAD = 0x00200000 // include/linux/sched.h
const OPEN = 0x28
const CLOSE = 0x29

/** /proc/PID/stat, which every user may read. */
export interface ProcessStat {
  /** Any byte but NUL, parentheses and newlines included; a view of the text that was parsed. */
  readonly comm: Uint8Array
  /** Character code. */
  readonly state: number
  /** PF_KTHREAD: never had an address space. */
  readonly kernelThread: boolean
  readonly ppid: number
  readonly threads: number
  readonly startTicks: number
}

/** As proc_pid_stat(5) has them: a zombie, and the dead by their newer and their older letter. */
export const DEAD_STATES: ReadonlySet<string> = new Set('ZXx')

/** A zombie, or a process on its way to be one no more. */
export function isDead(stat: ProcessStat): boolean {
  return DEAD_STATES.has(String.fromCharCode(stat.state))
}

export function hasAddressSpace(stat: ProcessStat): boolean {
  return !stat.kernelThread && !isDead(stat)
}

/** undefined when the text is no stat line. */
export function parseProcessStat(text: Uint8Array): ProcessStat | undefined {
  const open = text.indexOf(OPEN)
  const close = text.lastIndexOf(CLOSE) // comm itself may hold ") S 1 "
  if (open < 0 || close < open || close + 3 >= text.length) return undefined

  const words = new Words(text, close + 2)
  const state = words.next()
  if (state.length !== 1) return undefined
  const numbers = new Map<number, number>()
  for (let field = 4; field <= 22; field += 1) {
    const word = words.next()
    if (field !== 4 && field !== 9 && field !== 20 && field !== 22) continue
    const number = toNumber(word)
    if (number === undefined) return undefined
    numbers.set(field, number)
  }
  return {
    comm: text.subarray(open + 1, close),
    state: state[0] ?? 0,
    kernelThread: ((numbers.get(9) ?? 0) & PF_KTHREAD) !== 0,
    ppid: numbers.get(4) ?? 0,
    threads: numbers.get(20) ?? 0,
    startTicks: numbers.get(22) ?? 0,
  }
}

/** /proc/PID/statm, in pages; undefined when the text is no statm line. `size` is 0 without an address space. */
export function parseStatm(text: Uint8Array): { size: number; resident: number } | undefined {
  const words = new Words(text, 0)
  const size = toNumber(words.next())
  const resident = toNumber(words.next())
  return size === undefined || resident === undefined ? undefined : { size, resident }
}

/** The words of a text, each ended by one space; empty ones past its end. */
class Words {
  readonly #text: Uint8Array
  #at: number

  constructor(text: Uint8Array, at: number) {
    this.#text = text
    this.#at = at
  }

  next(): Uint8Array {
    const space = this.#text.indexOf(SPACE, this.#at)
    const end = space < 0 ? this.#text.length : space
    const word = this.#text.subarray(this.#at, end)
    this.#at = end + 1
    return word
  }
}

function toNumber(word: Uint8Array): number | undefined {
  let end = word.length
  while (end > 0 && word[end - 1] === NEWLINE) end -= 1
  const cursor: Cursor = { bytes: word, at: 0, end }
  const value: Word = { high: 0, low: 0 }
  return takeDecimal(cursor, value) && cursor.at === end ? wordToNumber(value) : undefined
}
