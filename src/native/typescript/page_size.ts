import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'

const AT_PAGESZ = 6n
const USUAL = 4096
const MIN = 4096
const MAX = 256 * 1024
const ARCHITECTURES_OF_32_BITS: readonly string[] = ['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390']

let known: number | undefined

/** Bytes in a page. JavaScript has no sysconf; the kernel tells every process in its auxiliary vector. Read once. */
export function pageSize(): number {
  known ??= readPageSize()
  return known
}

function readPageSize(): number {
  try {
    return pageSizeFromAuxv(readFileSync('/proc/self/auxv'), ARCHITECTURES_OF_32_BITS.includes(process.arch) ? 4 : 8)
  } catch {
    return USUAL
  }
}

/** `auxv` holds pairs of native words: a type and its value. 4096 where it does not say. */
export function pageSizeFromAuxv(auxv: Uint8Array, wordSize: 4 | 8): number {
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.byteLength)
  const little = endianness() === 'LE'
  const word = (at: number): bigint =>
    wordSize === 8 ? view.getBigUint64(at, little) : BigInt(view.getUint32(at, little))
  for (let at = 0; at + 2 * wordSize <= auxv.length; at += 2 * wordSize) {
    if (word(at) === AT_PAGESZ) return plausible(Number(word(at + wordSize)))
  }
  return USUAL
}

function plausible(size: number): number {
  return size >= MIN && size <= MAX && (size & (size - 1)) === 0 ? size : USUAL
}
