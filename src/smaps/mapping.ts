import { isUtf8 } from 'node:buffer'
import { FIELD_COUNT, MappingColumn, type MappingTable } from '../native/index.ts'
import { isDeleted } from './deleted.ts'
import { toMemoryFigures, type MemoryFigures } from './memory_usage.ts'

/** One mapping of a process's address space, as smaps shows it. */
export interface Mapping {
  /** First address. */
  readonly start: bigint
  /** First address after it. */
  readonly end: bigint
  /** 'r-xp': read, write, execute, and p for private (copy-on-write) or s for shared. */
  readonly perms: string
  /** Offset into the file, in bytes. */
  readonly offset: bigint
  /** Device of the file, 'major:minor' in hexadecimal as the kernel prints it; '00:00' without a file. */
  readonly device: string
  /** Inode of the file; 0n without one. */
  readonly inode: bigint
  /**
   * As the kernel shows it: a file, '[heap]', '[anon:name]', ...; undefined for a nameless mapping. A newline is shown as '\012'
   * and a removed file as '<path> (deleted)'; bytes that are no UTF-8 are replaced by U+FFFD, and `rawPath` has them.
   */
  readonly path: string | undefined
  /** The path's bytes, when they are not valid UTF-8. */
  readonly rawPath: Uint8Array | undefined
  /** Whether the file was removed. A file whose own name ends in ' (deleted)' is looked up by its inode, and is not. */
  readonly deleted: boolean
  /** Two-letter flags as in proc_pid_smaps(5), such as 'rd' or 'dd'; undefined before Linux 3.8. */
  readonly vmFlags: readonly string[] | undefined
  /** `usage.mappings` is undefined. */
  readonly usage: MemoryFigures
}

const WORDS = 4
const NUMBERS = FIELD_COUNT + MappingColumn.length

/** Makes objects of the rows of a table. Remembers texts that come again and again. */
export class MappingDecoder {
  readonly #table: MappingTable
  readonly #text: Buffer
  readonly #processPath: string
  readonly #flagLists = new Map<string, readonly string[]>()
  readonly #deletions = new Map<string, boolean>()

  /** `processPath` is /proc/PID. */
  constructor(table: MappingTable, processPath: string) {
    this.#table = table
    this.#text = Buffer.from(table.text.buffer, table.text.byteOffset, table.text.byteLength)
    this.#processPath = processPath
  }

  decode(row: number): Mapping {
    const { words, numbers } = this.#table
    const at = row * NUMBERS
    const column = (index: number): number => numbers[at + FIELD_COUNT + index] ?? 0
    const word = (index: number): bigint => words[row * WORDS + index] ?? 0n
    const permsAt = column(MappingColumn.textAt)
    const deviceAt = permsAt + 4
    const pathAt = deviceAt + column(MappingColumn.deviceSize)
    const flagsAt = pathAt + column(MappingColumn.pathSize)
    const end = flagsAt + column(MappingColumn.flagsSize)

    const path = flagsAt === pathAt ? undefined : this.#text.toString('utf8', pathAt, flagsAt)
    const inode = word(3)
    return {
      start: word(0),
      end: word(1),
      perms: this.#text.toString('latin1', permsAt, deviceAt),
      offset: word(2),
      device: this.#text.toString('latin1', deviceAt, pathAt),
      inode,
      path,
      rawPath: path?.includes('\ufffd') === true ? this.#rawPath(pathAt, flagsAt) : undefined,
      deleted: path?.endsWith(' (deleted)') === true && this.#isDeleted(pathAt, flagsAt, inode),
      vmFlags: end === flagsAt ? undefined : this.#flags(this.#text.toString('latin1', flagsAt, end)),
      usage: toMemoryFigures(numbers, at),
    }
  }

  #rawPath(from: number, to: number): Uint8Array | undefined {
    const bytes = this.#text.subarray(from, to)
    return isUtf8(bytes) ? undefined : Uint8Array.from(bytes)
  }

  #isDeleted(from: number, to: number, inode: bigint): boolean {
    const key = `${inode} ${this.#text.toString('latin1', from, to)}`
    let deleted = this.#deletions.get(key)
    if (deleted === undefined) {
      deleted = isDeleted(this.#processPath, this.#text.subarray(from, to), inode)
      this.#deletions.set(key, deleted)
    }
    return deleted
  }

  #flags(text: string): readonly string[] {
    let flags = this.#flagLists.get(text)
    if (flags === undefined) {
      flags = Object.freeze(text.split(' ').filter((flag) => flag !== ''))
      this.#flagLists.set(text, flags)
    }
    return flags
  }
}
