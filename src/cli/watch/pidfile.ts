import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { uptime } from 'node:os'
import type { ProcessInfo } from '../../processes/index.ts'

/** What a pid file says now: a pid and when it was written, or why it says nothing. */
export type PidfileContent = { readonly pid: number; readonly writtenAt: number } | { readonly problem: string }

/** Whoever writes his own pid file has started before; clocks are not that exact. */
const SLACK_MS = 2000
/** More than any pid, with spaces before it; some files have further lines. */
const SIZE = 64

/** Never waits: what is no regular file, such as a FIFO, is not read. */
export function readPidfile(path: string): PidfileContent {
  try {
    return readOpen(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an error'
    return { problem: code === 'ENOENT' ? 'does not exist' : `cannot be read: ${code}` }
  }
}

/** Closes the descriptor. */
function readOpen(fd: number): PidfileContent {
  try {
    const { mtimeMs } = fstatSync(fd)
    if (!fstatSync(fd).isFile()) return { problem: 'is no regular file' }
    const bytes = Buffer.alloc(SIZE)
    const text = bytes.toString('latin1', 0, readSync(fd, bytes))
    const pid = /^\s*([1-9]\d{0,6})(?:\s|$)/.exec(text)?.[1]
    return pid === undefined ? { problem: 'holds no process id' } : { pid: Number(pid), writtenAt: mtimeMs }
  } finally {
    closeSync(fd)
  }
}

/** A process that started after the file was written is not the one that it names: that one has ended, and its pid is another's. */
export function isStale({ startTime }: Pick<ProcessInfo, 'startTime'>, writtenAt: number): boolean {
  const startedAt = Date.now() - uptime() * 1000 + startTime
  return startedAt > writtenAt + SLACK_MS
}
