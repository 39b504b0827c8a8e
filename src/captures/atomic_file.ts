import {
  closeSync, constants, fchmodSync, fsyncSync, lstatSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SmemError } from '../errors.ts'
import { attempt } from './system_call.ts'
import { removeLeftovers, temporaryName } from './temporary_name.ts'

/** Other users' command lines and paths are in what we write. */
export const PRIVATE_MODE = 0o600

/**
 * Writes a file that is there whole, or not at all: under a name of its own until `commit`, in the same directory. A file
 * that was there before keeps its mode, and is there until then. What is no regular file (a pipe, /dev/null) is written to
 * directly. Unfinished files that processes left behind which were killed are removed. All errors are `SmemError`s with the
 * system's code.
 */
export class AtomicFile implements Disposable {
  readonly #path: string
  readonly #target: string
  /** undefined: written directly. */
  readonly #temporary: string | undefined
  #file: number | undefined

  constructor(path: string) {
    this.#path = path
    this.#target = resolve(path)
    const existing = this.#attempt('stat', () => statSync(this.#target, { throwIfNoEntry: false }))
    if (existing !== undefined && !existing.isFile()) {
      this.#file = this.#attempt('open', () => openSync(this.#target, 'w'))
      return
    }
    const [directory, base] = [dirname(this.#target), basename(this.#target)]
    removeLeftovers(directory, base)
    const temporary = join(directory, temporaryName(base))
    this.#temporary = temporary
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
    const file = this.#attempt('open', () => openSync(temporary, flags, PRIVATE_MODE))
    this.#file = file
    if (existing === undefined) return
    try {
      this.#attempt('chmod', () => fchmodSync(file, existing.mode & 0o777))
    } catch (error) {
      // Nobody disposes of what was never constructed.
      this[Symbol.dispose]()
      throw error
    }
  }

  write(bytes: Uint8Array): void {
    const file = this.#open()
    this.#attempt('write', () => {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    })
  }

  /** Until it returns, nothing of the new content is seen under the file's name; then it is on the disk. */
  commit(): void {
    const file = this.#open()
    const temporary = this.#temporary
    if (temporary !== undefined) this.#attempt('fsync', () => fsyncSync(file))
    this.#file = undefined
    this.#attempt('close', () => closeSync(file))
    if (temporary === undefined) return
    this.#attempt('rename', () => renameSync(temporary, this.#target))
    syncDirectory(dirname(this.#target))
  }

  /** Gives up what was not committed. */
  [Symbol.dispose](): void {
    const [file, temporary] = [this.#file, this.#temporary]
    this.#file = undefined
    try {
      if (file !== undefined) this.#attempt('close', () => closeSync(file))
    } finally {
      if (temporary !== undefined) this.#attempt('unlink', () => rmSync(temporary, { force: true }))
    }
  }

  #open(): number {
    if (this.#file === undefined) throw new SmemError('ERR_HANDLE_CLOSED', `${this.#path} is closed`)
    return this.#file
  }

  #attempt<T>(syscall: string, call: () => T): T {
    return attempt(syscall, this.#path, call)
  }
}

/** Renaming onto a symbolic link would replace the link. /dev/stdout is one too, to a pipe that has no path. */
function resolve(path: string): string {
  try {
    return lstatSync(path).isSymbolicLink() && statSync(path).isFile() ? realpathSync(path) : path
  } catch {
    return path
  }
}

/** So that the new name outlives a crash; not every file system can. */
function syncDirectory(path: string): void {
  try {
    const directory = openSync(path, 'r')
    try {
      fsyncSync(directory)
    } finally {
      closeSync(directory)
    }
  } catch {
    // The content is safe; only the name may be lost.
  }
}
