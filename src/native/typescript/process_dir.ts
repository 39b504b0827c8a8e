import { constants as fs } from 'node:fs'
import { constants as os } from 'node:os'

import { MALFORMED_SMAPS } from '../../errors.ts'
import { closeFile, openFile, read, stat } from './operations.ts'
import type { Steps } from './operations.ts'
import { STAT_SIZE, isDead, parseProcessStat } from './process_stat.ts'

/*
 * /proc/PID held open as a directory. Every file of one sample is opened through it, so that all of them belong to one
 * process: once that process is reaped they fail, whoever gets its pid next. node:fs has no openat; to open a
 * path below /proc/self/fd/N is the same, for that link leads to the open directory, not to its name.
 */
// Opens also what may not be listed; node:fs does not name it. The value is that of every architecture Node runs on.
const O_PATH = 0o10000000
const DIRECTORY_FLAGS = O_PATH | fs.O_DIRECTORY
const FILE_FLAGS = fs.O_RDONLY | fs.O_NOCTTY
const CHUNK = 4096

/** A descriptor, or a negated errno. ESRCH: no such process. ENOENT or ENOTDIR: `procRoot` itself is not there. */
export function* openDirectory(procRoot: string, pid: number): Steps<number> {
  const directory = yield* openFile(`${procRoot}/${pid}`, DIRECTORY_FLAGS)
  if (directory !== -os.errno.ENOENT) return directory
  const root = yield* stat(procRoot)
  return root < 0 ? root : -os.errno.ESRCH
}

export function* openIn(directory: number, name: string): Steps<number> {
  return yield* openFile(pathIn(directory, name), FILE_FLAGS)
}

/** Whether the process has not been reaped yet; a zombie exists. */
export function* exists(directory: number): Steps<boolean> {
  return (yield* stat(pathIn(directory, 'stat'))) === 0
}

/** Exists and is no zombie. */
export function* isAlive(directory: number): Steps<boolean> {
  if (!(yield* exists(directory))) return false
  const text = yield* readFile(directory, 'stat', STAT_SIZE)
  if (typeof text === 'number') return yield* exists(directory)
  const parsed = parseProcessStat(text)
  return parsed === undefined || !isDead(parsed)
}

/** Clock ticks after boot when the process started, which tell it from another of the same pid; or a negated errno. */
export function* readStartTicks(directory: number): Steps<number> {
  const text = yield* readFile(directory, 'stat', STAT_SIZE)
  if (typeof text === 'number') return text === -os.errno.ENOENT ? -os.errno.ESRCH : text
  return parseProcessStat(text)?.startTicks ?? -MALFORMED_SMAPS
}

/** The file's first `limit` bytes, in as many reads as it takes; or a negated errno. */
export function* readFile(directory: number, name: string, limit = Infinity): Steps<Uint8Array | number> {
  const file = yield* openIn(directory, name)
  if (file < 0) return file
  try {
    let bytes = new Uint8Array(Math.min(limit, CHUNK))
    let size = 0
    while (size < limit) {
      if (size === bytes.length) bytes = enlarged(bytes, Math.min(limit, size * 2))
      const got = yield* read(file, bytes, size, bytes.length - size, null)
      if (got < 0) return got
      if (got === 0) break
      size += got
    }
    return bytes.subarray(0, size)
  } finally {
    yield* closeFile(file)
  }
}

function pathIn(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`
}

function enlarged(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length)
  larger.set(bytes)
  return larger
}
