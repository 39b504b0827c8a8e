import { execFileSync } from 'node:child_process'
import { UsageError } from './command.ts'

/**
 * The size of an uncompressed kernel image in kB, by binutils' size(1), which is started without a shell.
 *
 * @throws {UsageError} when the file is no such image, or size is not installed
 */
export function kernelSize(path: string): number {
  const hint = 'it must be an uncompressed kernel image (vmlinux)'
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
