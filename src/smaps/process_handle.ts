import { constants } from 'node:os'
import { codeOf, MALFORMED_SMAPS, SmemError } from '../errors.ts'
import { backend, FIELD_COUNT, Report, type ProcessDirectory, type UsageSource } from '../native/index.ts'
import { checkOneOf, show } from '../options.ts'
import type { MemoryUsage } from './memory_usage.ts'
import { toReadError } from './read_error.ts'
import { checkRead, checkTarget, SOURCES, toResult } from './read_smaps.ts'
import { toStartTime } from './start_time.ts'

export interface OpenProcessOptions {
  /** As for `readSmaps`. @default '/proc' */
  procRoot?: string
}

/**
 * One process, held by its open /proc directory: a process that gets the same pid later is never mistaken for it.
 * Holds one file descriptor, and a second one after the first `rss()`.
 */
export class ProcessHandle implements Disposable {
  readonly pid: number
  /** Milliseconds after boot at which the process started: with the pid, its identity (stat, field 22). */
  readonly startTime: number
  readonly #procRoot: string
  readonly #figures = new Float64Array(FIELD_COUNT)
  readonly #report = new Float64Array(Report.length)
  #directory: ProcessDirectory | undefined

  /** Use `openProcess`. */
  constructor(pid: number, procRoot: string, directory: ProcessDirectory) {
    this.pid = pid
    this.startTime = toStartTime(directory.startTicks)
    this.#procRoot = procRoot
    this.#directory = directory
  }

  /** As `readSmaps`. @throws as `readSmaps`, and {SmemError} `ERR_HANDLE_CLOSED` */
  read(source: UsageSource = 'rollup'): MemoryUsage {
    const errno = this.readInto(this.#figures, source)
    return toResult(errno, this.#figures, this.#report, this.#procRoot, this.pid)
  }

  /** As `readSmapsInto`: 0 or an errno, and nothing allocated. @throws {SmemError} `ERR_HANDLE_CLOSED` */
  readInto(target: Float64Array, source: UsageSource = 'rollup'): number {
    checkTarget(target)
    checkOneOf(source, 'source', SOURCES)
    return this.#open().readUsage(source, target, this.#report)
  }

  /**
   * Resident bytes from /proc/PID/statm, in one or two microseconds and readable for every user. Neither USS nor PSS is ever
   * above it, but for the kernel's counting it in batches.
   *
   * @throws {SmemError} `ESRCH`, `ERR_NO_ADDRESS_SPACE` (a zombie), `ERR_HANDLE_CLOSED`
   */
  rss(): number {
    const bytes = this.#open().rss()
    if (bytes < 0) {
      this.#report.fill(0)
      throw toReadError(-bytes, this.#report, this.#procRoot, this.pid, 'statm')
    }
    return bytes
  }

  /** Whether the process still runs: not reaped, no zombie, and this handle is open. */
  get alive(): boolean {
    return this.#directory?.alive() ?? false
  }

  /**
   * Sends a signal to this process, and never to another that got its pid: since Linux 5.3 the kernel sees to that. It is looked up
   * in the caller's own /proc, whatever `procRoot` says.
   *
   * @throws {TypeError} when there is no such signal
   * @throws {SmemError} `ESRCH` (it is gone), `EPERM` (not yours), `ERR_HANDLE_CLOSED`
   */
  signal(name: NodeJS.Signals): void {
    const number = Object.hasOwn(constants.signals, name) ? constants.signals[name] : undefined
    if (number === undefined) throw new TypeError(`"name" must be the name of a signal such as 'SIGTERM', got ${show(name)}`)
    const errno = backend().signal(this.pid, this.#open().startTicks, number)
    if (errno === 0) return
    const code = codeOf(errno)
    throw new SmemError(code, `cannot send ${name} to process ${this.pid}: ${WHY[code] ?? code}`, {
      errno: -errno, syscall: 'kill', pid: this.pid,
    })
  }

  /** Gives the descriptors back. Further calls do nothing. */
  close(): void {
    this.#directory?.close()
    this.#directory = undefined
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #open(): ProcessDirectory {
    if (this.#directory === undefined) {
      throw new SmemError('ERR_HANDLE_CLOSED', `the handle of process ${this.pid} was closed`, { pid: this.pid })
    }
    return this.#directory
  }
}

/** Why a signal is refused, for people. */
const WHY: Readonly<Record<string, string>> = {
  ESRCH: 'ESRCH (it is gone)',
  EPERM: 'EPERM (it belongs to another user; run as that user or root, or grant CAP_KILL)',
}

/** Opens a process, to be read many times. @throws as `readSmaps` */
export function openProcess(pid: number, options: OpenProcessOptions = {}): ProcessHandle {
  const { procRoot } = checkRead(pid, options, ['procRoot'], 'openProcess')
  const directory = backend().openProcess(procRoot, pid)
  if (typeof directory === 'number') {
    const file = directory === MALFORMED_SMAPS ? 'stat' : undefined
    throw toReadError(directory, new Float64Array(Report.length), procRoot, pid, file)
  }
  return new ProcessHandle(pid, procRoot, directory)
}
