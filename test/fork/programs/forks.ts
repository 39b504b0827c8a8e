import { readdirSync, readFileSync } from 'node:fs'
import { forkProcess, watchExit, type Forked, type ForkOptions } from '../../../src/fork/index.ts'
import { openProcess } from '../../../src/smaps/index.ts'

export interface WatchedFork extends Forked {
  /** How it ended: its code, or the signal. Never settles in the child. */
  readonly exit: Promise<string>
}

const HANG_MS = 1000 * 30

/** A fork whose child is reaped. */
export function forkAndWatch(options: ForkOptions = {}): WatchedFork {
  const forked = forkProcess(options)
  return { ...forked, exit: forked.isChild ? new Promise(() => undefined) : watch(forked.pid) }
}

/** 'hangs' when it does not end; it is killed then. `generations`: how many the child begins, one after the other, itself counted. */
export function exitOf(child: WatchedFork, generations = 1): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      process.kill(child.pid, 'SIGKILL')
      resolve('hangs')
    }, HANG_MS * generations)
  })
  return Promise.race([child.exit, late]).finally(() => clearTimeout(timer))
}

function watch(pid: number): Promise<string> {
  using handle = openProcess(pid)
  const { startTime } = handle
  return new Promise((resolve) => {
    watchExit(pid, startTime, ({ code, signal }) => resolve(String(code ?? signal)))
  })
}

export function countDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

export function countMappings(): number {
  return readFileSync('/proc/self/maps', 'latin1').split('\n').length
}

export function countThreads(): number {
  return readdirSync('/proc/self/task').length
}
