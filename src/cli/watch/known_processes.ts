import type { ProcessInfo } from '../../processes/index.ts'

/** How long the name of a process is kept after it has ended: for as long as its effect may be measured. */
const KEEP_MS = 1000 * 60 * 10

/** The names of the processes that are watched, and of those that were until lately. */
export class KnownProcesses {
  readonly #byPid = new Map<number, { info: ProcessInfo; seenAt: number }>()

  /** These are watched at `now`, in milliseconds. */
  see(processes: readonly ProcessInfo[], now: number): void {
    for (const info of processes) {
      const before = this.#byPid.get(info.pid)?.info
      // In the midst of its end a process has lost its arguments.
      const isEnding = info.commandLine?.length === 0 && before?.startTime === info.startTime
      this.#byPid.set(info.pid, { info: isEnding ? before : info, seenAt: now })
    }
    for (const [pid, { seenAt }] of this.#byPid) {
      if (now - seenAt > KEEP_MS) this.#byPid.delete(pid)
    }
  }

  find(pid: number): ProcessInfo | undefined {
    return this.#byPid.get(pid)?.info
  }
}
