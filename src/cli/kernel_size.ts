import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { codeOf, errnoOf, SmemError } from '../errors.ts'
import { UsageError } from './command.ts'

/**
 * The size of an uncompressed kernel image in kB, by binutils' size(1), which is started without a shell.
 *
 * @throws {UsageError} when the file is no such image, or size is not installed; {SmemError} when it cannot be opened
 */
export function kernelSize(path: string): number {
  const hint = 'it must be an uncompressed kernel image (vmlinux)'
  checkReadable(path)
  let printed: string
  try {
    printed = execFileSync('size', ['--', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new UsageError('--kernel needs the command size, of binutils')
    throw new UsageError(`--kernel: no sections in '${path}'; ${hint}`)
  }
  const [, line = ''] = printed.split('\n')
  const total = Number(line.trim().split(/\s+/)[3])
  if (!(total > 0)) throw new UsageError(`--kernel: no size of '${path}'; ${hint}`)
  return total / 1024
}

/** size tells in words alone why it could not open a file. */
function checkReadable(path: string): void {
  try {
    closeSync(openSync(path, 'r'))
  } catch (error) {
    const errno = errnoOf(error)
    const code = codeOf(errno)
    throw new SmemError(code, `--kernel: cannot open ${path}: ${code}`, { errno: -errno, syscall: 'open', path })
  }
}
