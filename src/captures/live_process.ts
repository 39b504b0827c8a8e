import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { pageSize } from '../native/index.ts'
import { codeOf, errnoOf } from '../errors.ts'

/** One process of this machine, held by its open directory: all its files are of the same process, or cannot be read. */
export class LiveProcess implements Disposable {
  readonly uid: number
  readonly gid: number
  readonly #directory: number

  /** Throws the system's error when the process is gone. */
  constructor(procRoot: string, pid: number) {
    this.#directory = openSync(`${procRoot}/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY)
    const { uid, gid } = fstatSync(this.#directory)
    this.uid = uid
    this.gid = gid
  }

  /** The whole file, or the code of what stood in the way: 'EACCES', 'ENOENT', 'ESRCH', ... */
  read(name: string): Buffer | string {
    let file: number | undefined
    try {
      file = openSync(`/proc/self/fd/${this.#directory}/${name}`, 'r')
      return readToEnd(file)
    } catch (error) {
      return codeOf(errnoOf(error))
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#directory)
  }
}

/** Pieces of less than a page spare the kernel from walking the mapping at each page's edge twice. */
function readToEnd(file: number): Buffer {
  const size = pageSize() - 1024
  const pieces: Buffer[] = []
  for (;;) {
    const piece = Buffer.allocUnsafe(size)
    const count = readSync(file, piece)
    if (count === 0) return Buffer.concat(pieces)
    pieces.push(piece.subarray(0, count))
  }
}
