import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, errnoOf, SmemError } from '../errors.ts'
import type { Unavailable } from '../processes/index.ts'
import { BAD_CAPTURE, pidOf, type FileSource } from './file_source.ts'
import { attempt } from './system_call.ts'

/**
 * A directory that holds `proc/`, as `smem -S` takes it, or that is a copy of /proc itself.
 *
 * @throws {SmemError} `ERR_BAD_CAPTURE` when it is neither; a system error when it cannot be listed
 */
export function openTree(directory: string): FileSource {
  const nested = join(directory, 'proc')
  const root = isDirectory(nested) ? nested : directory
  const names = list(root)
  const pids = names.map(pidOf).filter((pid) => pid !== undefined).sort((a, b) => a - b)
  if (root === directory && pids.length === 0 && !names.includes('meminfo')) {
    throw new SmemError(BAD_CAPTURE, `${directory} holds neither proc/ nor the files of processes`, { path: directory })
  }
  return new TreeSource(root, pids)
}

class TreeSource implements FileSource {
  readonly pids: readonly number[]
  /** The times of copied files tell when they were copied, and those of files from a repository when it was cloned. */
  readonly takenAt = undefined
  readonly problems = []
  readonly #root: string

  constructor(root: string, pids: readonly number[]) {
    this.#root = root
    this.pids = pids
  }

  read(pid: number, name: string): Uint8Array | undefined {
    return readOrErrno(join(this.#root, String(pid), name)).bytes
  }

  whyUnread(pid: number, name: string): Unavailable {
    const path = join(this.#root, String(pid), name)
    const { errno } = readOrErrno(path)
    const code = codeOf(errno ?? 0)
    switch (code) {
      case 'EACCES':
      case 'EPERM':
        return { code, reason: `this user may not read ${path}` }
      case 'ENOENT':
        return { code, reason: `there is no ${path}` }
      default:
        return { code, reason: `cannot read ${path}` }
    }
  }

  readTop(name: string): Uint8Array | undefined {
    return readOrErrno(join(this.#root, name)).bytes
  }

  uid(pid: number): number | undefined {
    try {
      return statSync(join(this.#root, String(pid))).uid
    } catch {
      return undefined
    }
  }

  userName(): undefined {
    return undefined
  }

  close(): void {
    // Nothing is kept open.
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** Only regular files: a pipe in a tree would be waited for without end. */
function readOrErrno(path: string): { bytes?: Uint8Array, errno?: number } {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return fstatSync(file).isFile() ? { bytes: readFileSync(file) } : {}
  } catch (error) {
    return { errno: errnoOf(error) }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function list(directory: string): string[] {
  return attempt('scandir', directory, () => readdirSync(directory))
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
