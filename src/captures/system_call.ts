import { codeOf, errnoOf, SmemError } from '../errors.ts'

/** Calls node:fs. What it throws becomes an `SmemError` with the system's code, and says what was tried on which path. */
export function attempt<T>(syscall: string, path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw toSystemError(error, syscall, path)
  }
}

export function toSystemError(error: unknown, syscall: string, path: string): SmemError {
  const errno = errnoOf(error)
  const code = codeOf(errno)
  const hint = code === 'ENOSPC' ? ' (the disk is full)' : ''
  return new SmemError(code, `cannot ${syscall} ${path}: ${code}${hint}`, { errno: -errno, syscall, path })
}
