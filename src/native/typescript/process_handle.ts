import { constants as os } from 'node:os'

import type { ProcessDirectory, UsageReport, UsageSource } from '../backend.ts'
import { runSync } from './drivers.ts'
import { closeFile } from './operations.ts'
import type { Steps } from './operations.ts'
import { isAlive, openDirectory, readStartTicks } from './process_dir.ts'
import { newReport, openStatm, readRss, readUsage, writeReport } from './usage_reader.ts'

const CLOSED = -1

/** The descriptors of one handle; apart from it, so that they outlive one that is dropped without being closed. */
interface Descriptors {
  directory: number
  /** Opened when it is first asked for. */
  statm: number
}

const dropped = new FinalizationRegistry<Descriptors>((descriptors) => runSync(release(descriptors)))

/** The handle, or an errno. */
export function openProcess(procRoot: string, pid: number): ProcessDirectory | number {
  const directory = runSync(openDirectory(procRoot, pid))
  if (directory < 0) return -directory
  const descriptors: Descriptors = { directory, statm: CLOSED }
  const startTicks = runSync(readStartTicks(directory))
  if (startTicks >= 0) return new ProcessHandle(descriptors, startTicks)
  runSync(release(descriptors))
  return -startTicks
}

class ProcessHandle implements ProcessDirectory {
  readonly startTicks: number
  readonly #descriptors: Descriptors

  constructor(descriptors: Descriptors, startTicks: number) {
    this.startTicks = startTicks
    this.#descriptors = descriptors
    dropped.register(this, descriptors, this)
  }

  readUsage(source: UsageSource, target: Float64Array, report: UsageReport): number {
    const { directory } = this.#descriptors
    const details = newReport(source)
    const error = directory === CLOSED ? os.errno.EBADF : runSync(readUsage(directory, source, target, details))
    writeReport(details, report)
    return error
  }

  rss(): number {
    const descriptors = this.#descriptors
    if (descriptors.directory === CLOSED) return -os.errno.EBADF
    if (descriptors.statm === CLOSED) {
      const statm = runSync(openStatm(descriptors.directory))
      if (statm < 0) return statm
      descriptors.statm = statm
    }
    return runSync(readRss(descriptors.statm))
  }

  alive(): boolean {
    const { directory } = this.#descriptors
    return directory !== CLOSED && runSync(isAlive(directory))
  }

  close(): void {
    dropped.unregister(this)
    runSync(release(this.#descriptors))
  }
}

/** Closes what is open, once: another file may have got the number since. */
function* release(descriptors: Descriptors): Steps<void> {
  const { directory, statm } = descriptors
  descriptors.directory = CLOSED
  descriptors.statm = CLOSED
  if (statm !== CLOSED) yield* closeFile(statm)
  if (directory !== CLOSED) yield* closeFile(directory)
}
