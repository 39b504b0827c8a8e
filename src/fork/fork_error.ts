import { SmemError, systemCodeOf } from '../errors.ts'
import { FORK_STEPS, type ForkReport } from '../native/index.ts'
import { escapeText } from '../unsafe_text.ts'

/** Where a fork went wrong. docs/fork.md describes the steps. */
export type ForkStep = (typeof FORK_STEPS)[number]

/** A fork that was not: this process goes on as before, and there is no child. */
export class ForkError extends SmemError {
  readonly step: ForkStep
  /** The errno's name: 'ETIMEDOUT', 'EAGAIN', ... */
  readonly reason: string
  /** The descriptor that it is about, when it is about one. */
  readonly descriptor: number | undefined
  /** The thread that it is about, by its id, when it is about one. */
  readonly thread: number | undefined
  /** The thread's name, when it could be told. */
  readonly threadName: string | undefined
  /** A sibling that failed and was killed: its parent has to reap it. undefined when there is none. */
  readonly deadSibling: number | undefined

  constructor(message: string, report: ForkReport) {
    super('ERR_FORK_FAILED', message, { errno: -report.errno, syscall: 'clone', pid: process.pid })
    this.step = FORK_STEPS[report.step] ?? 'answer'
    this.reason = systemCodeOf(report.errno)
    this.descriptor = report.descriptor < 0 ? undefined : report.descriptor
    this.thread = report.thread === 0 ? undefined : report.thread
    this.threadName = report.threadName === '' ? undefined : report.threadName
    this.deadSibling = report.pid <= 0 ? undefined : report.pid
  }
}

/** How long the steps might take, for the message. */
export interface ForkTimeouts {
  readonly parkMs: number
  readonly childMs: number
}

export function toForkError(report: ForkReport, timeouts: ForkTimeouts): ForkError {
  const code = systemCodeOf(report.errno)
  const step = FORK_STEPS[report.step] ?? 'answer'
  const sentence = SENTENCES[step](new Circumstances(report, timeouts, code))
  return new ForkError(`process ${process.pid} could not be forked: ${sentence}`, report)
}

class Circumstances {
  readonly thread: string
  readonly descriptor: string
  readonly code: string
  readonly isLate: boolean
  readonly parkMs: number
  readonly childMs: number

  constructor(report: ForkReport, timeouts: ForkTimeouts, code: string) {
    const name = report.threadName === '' ? '' : ` (${escapeText(report.threadName)})`
    this.thread = report.thread === 0 ? 'a thread' : `thread ${report.thread}${name}`
    this.descriptor = report.descriptor < 0 ? 'a descriptor' : `descriptor ${report.descriptor}`
    this.code = code
    this.isLate = code === 'ETIMEDOUT'
    this.parkMs = timeouts.parkMs
    this.childMs = timeouts.childMs
  }
}

const WHY_NOT_PREPARED: Readonly<Record<string, string>> = {
  EPERM: 'only the main thread of a process can fork it (EPERM)',
  ENOSYS: 'the kernel is older than 5.4, or a filter hides what it needs: pidfds (ENOSYS)',
  EBUSY: 'every real-time signal has a handler already, and it needs one for itself (EBUSY)',
}

const WHY_NOT_PARKED: Readonly<Record<string, (at: Circumstances) => string>> = {
  EAGAIN: () => 'it has more threads than can be taken along (1024)',
  ENOTSUP: ({ thread }) => `the C library's record of ${thread} was not found; another version of glibc, or a kernel that hides it`,
}

const WHY_NOT_RECORDED: Readonly<Record<string, (at: Circumstances) => string>> = {
  EBUSY: ({ descriptor }) => `${descriptor} cannot be copied: an inotify that watches (fs.watch), a timerfd, or an io_uring with a `
    + 'kernel thread or files of its own (unset UV_USE_IO_URING)',
  EAGAIN: ({ descriptor }) => `${descriptor}, an io_uring, has work in it; fork again`,
  E2BIG: () => 'it has more eventfds, pipes and epolls than can be copied (4096, with 16384 watched descriptors)',
}

const WHY_NO_CLONE: Readonly<Record<string, string>> = {
  EAGAIN: 'EAGAIN (too many processes: ulimit -u, pids.max)',
  ENOMEM: 'ENOMEM (no memory, or the kernel does not overcommit it)',
  EPERM: 'EPERM (a seccomp filter forbids it)',
  EINVAL: 'EINVAL (the first process of a container has no siblings)',
}

const SENTENCES: Readonly<Record<ForkStep, (at: Circumstances) => string>> = {
  platform: ({ code }) => `the addon was built for a platform where this cannot be done (${code})`,
  prepare: ({ code }) => WHY_NOT_PREPARED[code] ?? `the memory that it needs could not be had (${code})`,
  park: (at) => at.isLate
    ? `${at.thread} did not come to rest within ${at.parkMs} ms: it blocks signals, or is stuck in the kernel`
    : WHY_NOT_PARKED[at.code]?.(at) ?? `its threads could not be listed or asked (${at.code})`,
  locks: (at) => at.code === 'EAGAIN'
    ? `${at.thread} held a lock by its thread id whenever it was looked at, for ${at.parkMs} ms; fork again`
    : `/proc/self/maps could not be read (${at.code})`,
  mappings: ({ code }) => `/proc/self/maps could not be read (${code})`,
  record: (at) => WHY_NOT_RECORDED[at.code]?.(at) ?? `${at.descriptor} could not be looked up (${at.code})`,
  clone: ({ code }) => `clone(2) failed: ${WHY_NO_CLONE[code] ?? code}`,
  replace: (at) => `the child could not get its own copy of ${at.descriptor} (${at.code})`,
  revive: (at) => `the child could not start ${at.thread} again (${at.code})`,
  answer: (at) => at.isLate ? `the child did not answer within ${at.childMs} ms` : 'the child ended before it answered',
}
