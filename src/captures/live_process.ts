import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { constants as os } from 'node:os'
import { errnoOf } from '../errors.ts'
import { smapsChunk } from '../native/index.ts'
import { toSystemError } from './system_call.ts'

/** One process of this machine, held by its open directory: all its files are of the same process, or cannot be read. */
export class LiveProcess implements Disposable {
  readonly uid: number
  readonly gid: number
  readonly #path: string
  readonly #directory: number

  constructor(path: string, directory: number) {
    this.#path = path
    this.#directory = directory
    const { uid, gid } = fstatSync(directory)
    this.uid = uid
    this.gid = gid
  }

  /** The whole file, or the errno of what stood in the way. @throws {SmemError} `EMFILE`, `ENFILE`, `ENOMEM` */
  read(name: string): Buffer | number {
    return attemptUnlessExhausted(`${this.#path}/${name}`, () => {
      const file = openSync(this.#pathOf(name), 'r')
      try {
        return readToEnd(file)
      } finally {
        closeSync(file)
      }
    })
  }

  /** Whether the process has not been reaped yet; a zombie exists. */
  exists(): boolean {
    try {
      statSync(this.#pathOf('stat'))
      return true
    } catch {
      return false
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#directory)
  }

  #pathOf(name: string): string {
    return `/proc/self/fd/${this.#directory}/${name}`
  }
}

/** The process, or the errno of what stood in the way. @throws {SmemError} `EMFILE`, `ENFILE`, `ENOMEM` */
export function openLive(procRoot: string, pid: number): LiveProcess | number {
  const path = `${procRoot}/${pid}`
  return attemptUnlessExhausted(path, () => {
    const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      return new LiveProcess(path, directory)
    } catch (error) {
      closeSync(directory)
      throw error
    }
  })
}

/** These say nothing about the process: to leave it out for them would be to hide it. */
const OUT_OF_RESOURCES: readonly number[] = [os.errno.EMFILE, os.errno.ENFILE, os.errno.ENOMEM]

function attemptUnlessExhausted<T>(path: string, call: () => T): T | number {
  try {
    return call()
  } catch (error) {
    const errno = errnoOf(error)
    if (OUT_OF_RESOURCES.includes(errno)) throw toSystemError(error, 'read', path)
    return errno
  }
}

function readToEnd(file: number): Buffer {
  const size = smapsChunk()
  const pieces: Buffer[] = []
  for (;;) {
    const piece = Buffer.allocUnsafe(size)
    const count = readSync(file, piece)
    if (count === 0) return Buffer.concat(pieces)
    pieces.push(piece.subarray(0, count))
  }
}
