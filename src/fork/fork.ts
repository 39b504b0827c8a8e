import { SmemError } from '../errors.ts'
import { checkOptions, show, toMilliseconds, type Duration } from '../options.ts'
import { toForkError } from './fork_error.ts'
import { findForkCalls } from './fork_support.ts'
import { renewIdentity } from './identity.ts'

export interface ForkOptions {
  /** The child becomes a child of this process's parent, who has to reap it. @default false */
  sibling?: boolean
  /** How long the other threads may take to come to rest. @default '2s' */
  parkTimeout?: Duration
  /** How long the child may take to get its threads and descriptors back. @default '10s' */
  childTimeout?: Duration
}

export interface Forked {
  /** In which of the two processes the call has returned. */
  readonly isChild: boolean
  /** Of the child, in both. */
  readonly pid: number
  /** That went along, beside the main one. */
  readonly threads: number
  /** Milliseconds for which the parent stood still; 0 in the child. */
  readonly stoppedMs: number
}

/**
 * Forks this process with all of its threads; returns in both. The child has the whole heap, copy-on-write, and everything that
 * is queued in this process: timers, immediates, promise jobs. Fork from an otherwise empty turn. The child's process.pid,
 * Math.random, crypto.randomUUID and known random pools are its own when this returns; descriptors of files and sockets are shared.
 * docs/fork.md tells what a child must not keep. Experimental. From the main thread only. Stops the process for 6 to 40 ms.
 *
 * @throws {TypeError} when an option is none, or wrong
 * @throws {ForkError} `ERR_FORK_FAILED`: there is no child, and this process goes on as before
 * @throws {SmemError} `ERR_FORK_UNSUPPORTED`: `forkSupport` says why
 */
export function forkProcess(options: ForkOptions = {}): Forked {
  checkOptions(options, ['sibling', 'parkTimeout', 'childTimeout'], 'forkProcess')
  const { sibling = false, parkTimeout = '2s', childTimeout = '10s' } = options
  if (typeof sibling !== 'boolean') {
    throw new TypeError(`"sibling" must be true or false, got ${show(sibling)}`)
  }
  const parkMs = toTimeout(parkTimeout, 'parkTimeout')
  const childMs = toTimeout(childTimeout, 'childTimeout')
  const calls = findForkCalls()
  if ('reason' in calls) throw new SmemError('ERR_FORK_UNSUPPORTED', `this process cannot fork: ${calls.detail}`)

  const report = calls.fork(sibling, false, parkMs, childMs)
  if (report.errno !== 0) throw toForkError(report, { parkMs, childMs })
  const isChild = report.pid === 0
  if (isChild) renewIdentity()
  return { isChild, pid: isChild ? process.pid : report.pid, threads: report.threads, stoppedMs: report.stoppedMs }
}

/** An hour is no wait for threads to rest; the limit keeps nanoseconds within 64 bits. */
const MAX_TIMEOUT_MS = 1000 * 60 * 60

function toTimeout(value: Duration, name: string): number {
  const ms = toMilliseconds(value, name)
  if (ms < 1 || ms > MAX_TIMEOUT_MS) throw new TypeError(`"${name}" must be from 1 ms to 1 h, got ${ms} ms`)
  return ms
}
