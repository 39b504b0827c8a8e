import { constants } from 'node:os'
import { codeOf, SmemError } from '../errors.ts'
import { backend } from '../native/index.ts'
import { checkPid, show } from '../options.ts'
import { toStartTicks } from '../smaps/index.ts'

/** How a process ended. Both undefined: it was another process's child, whose end is all that can be told. */
export interface ProcessExit {
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
}

export interface ExitWatch extends Disposable {
  /** Nothing is told any more; a child is not reaped then. */
  close(): void
}

/**
 * Tells when a process ends, and reaps it when it is a child of this one that Node has not spawned, such as one that a mold has
 * forked as a sibling. Not for what node:child_process has spawned: Node could not reap that, and would never tell its end.
 * Holds one descriptor (a pidfd), and does not keep the process alive.
 *
 * @param startTime as ProcessHandle's: milliseconds after boot, so that no other process that has got the pid is meant
 * @param onExit called once, never from within this call
 * @throws {TypeError} when an argument is wrong
 * @throws {SmemError} `ESRCH`: it has ended and been reaped; `ENOSYS`: the kernel is older than 5.4; `ERR_FORK_UNSUPPORTED`
 *   without the addon
 */
export function watchExit(pid: number, startTime: number, onExit: (exit: ProcessExit) => void): ExitWatch {
  checkPid(pid)
  if (!Number.isFinite(startTime) || startTime < 0) {
    throw new TypeError(`"startTime" must be a number of milliseconds, got ${show(startTime)}`)
  }
  if (typeof onExit !== 'function') throw new TypeError(`"onExit" must be a function, got ${show(onExit)}`)
  const { fork } = backend()
  if (fork === undefined) throw new SmemError('ERR_FORK_UNSUPPORTED', 'watching for the end of a process needs the addon')

  const poll = fork.watchExit(pid, toStartTicks(startTime), (code, signal) => {
    watched.delete(watch)
    onExit({ code: code < 0 ? undefined : code, signal: signal <= 0 ? undefined : SIGNAL_NAMES.get(signal) })
  })
  if (typeof poll === 'number') {
    const code = codeOf(poll)
    throw new SmemError(code, `cannot watch process ${pid}: ${code}`, { errno: -poll, syscall: 'pidfd_open', pid })
  }
  const close = (): void => {
    watched.delete(watch)
    poll.close()
  }
  const watch = { close, [Symbol.dispose]: close }
  watched.add(watch)
  return watch
}

/** Those that wait: nobody has to keep what this returns. */
const watched = new Set<ExitWatch>()

const SIGNAL_NAMES: ReadonlyMap<number, NodeJS.Signals> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
)
