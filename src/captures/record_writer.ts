import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { SmemError } from '../errors.ts'
import { PRIVATE_MODE } from './atomic_file.ts'
import { BAD_CAPTURE } from './file_source.ts'
import { attempt, toSystemError } from './system_call.ts'

const NEWLINE = 0x0a
const CHUNK = 64 * 1024
/** How every record begins. */
const BEGINNING = '{"schema":1,"type":"record"'

/**
 * A file that grows by whole lines. Each is one write, is on the disk when `append` returns, and is taken back when it could
 * not be written whole. What a killed writer left behind its last whole line is cut off when the file is opened again.
 *
 * A file that is no record is refused, and not touched. Two writers at the same file are not kept apart.
 */
export class RecordWriter implements Disposable {
  /** Bytes of a torn line that were cut off when the file was opened. */
  readonly tornBytes: number
  /** Whether there were samples before. */
  readonly isContinued: boolean
  readonly #path: string
  readonly #isRegular: boolean
  #file: number | undefined

  constructor(path: string) {
    this.#path = path
    const file = this.#attempt('open', () => openSync(path, openFlags(path), PRIVATE_MODE))
    this.#file = file
    try {
      const { size, isRegular } = this.#attempt('stat', () => describe(file))
      this.#isRegular = isRegular
      const end = isRegular ? this.#attempt('read', () => endOfLastLine(file, size)) : 0
      if (isRegular && size > 0) this.#checkBeginning(file, size)
      if (end < size && isRegular) this.#attempt('truncate', () => ftruncateSync(file, end))
      this.tornBytes = isRegular ? size - end : 0
      this.isContinued = end > 0
    } catch (error) {
      closeSync(file)
      throw error
    }
  }

  /** `line` ends in its only newline. */
  append(line: string): void {
    const file = this.#file
    if (file === undefined) throw new SmemError('ERR_HANDLE_CLOSED', `${this.#path} is closed`)
    const before = this.#isRegular ? this.#attempt('stat', () => fstatSync(file).size) : 0
    try {
      const bytes = Buffer.from(line)
      // The kernel writes less than it was asked for when the disk fills up; the next attempt tells.
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
      if (this.#isRegular) fdatasyncSync(file)
    } catch (error) {
      if (this.#isRegular) truncateIfPossible(file, before)
      throw toSystemError(error, 'write', this.#path)
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #checkBeginning(file: number, size: number): void {
    const head = Buffer.alloc(Math.min(size, BEGINNING.length))
    this.#attempt('read', () => readSync(file, head, 0, head.length, 0))
    if (BEGINNING.startsWith(head.toString('latin1'))) return
    throw new SmemError(BAD_CAPTURE, `${this.#path} exists and is no record: nothing was written to it`, { path: this.#path })
  }

  #attempt<T>(syscall: string, call: () => T): T {
    return attempt(syscall, this.#path, call)
  }
}

/** Why the write failed is the news; a torn line that stays is cut off when the file is opened again. */
function truncateIfPossible(file: number, size: number): void {
  try {
    ftruncateSync(file, size)
  } catch {
    // As said above.
  }
}

/** A pipe opened for reading too would keep itself alive after its reader has gone. */
function openFlags(path: string): number {
  const append = constants.O_APPEND | constants.O_CREAT
  try {
    const probe = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return fstatSync(probe).isFile() ? append | constants.O_RDWR : constants.O_WRONLY
    } finally {
      closeSync(probe)
    }
  } catch {
    return append | constants.O_RDWR
  }
}

function describe(file: number): { size: number, isRegular: boolean } {
  const stat = fstatSync(file)
  return { size: stat.size, isRegular: stat.isFile() }
}

/** Where the last whole line ends, looking from the end of the file. */
function endOfLastLine(file: number, size: number): number {
  const chunk = Buffer.alloc(CHUNK)
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK)
    const length = readSync(file, chunk, 0, end - start, start)
    const newline = chunk.subarray(0, length).lastIndexOf(NEWLINE)
    if (newline >= 0) return start + newline + 1
    end = start
  }
  return 0
}
