import { readFileSync } from 'node:fs'
import { parseProcessStat } from '../../native/index.ts'

/** It may well be there: this process, or the system, has no descriptor left to read it by. */
const OUT_OF_DESCRIPTORS: readonly unknown[] = ['EMFILE', 'ENFILE']

/**
 * Whose child a process is, and when it started; undefined when it is gone. A zombie still has this.
 *
 * @throws {Error} `EMFILE`, `ENFILE`
 */
export function readStat(pid: number): ReturnType<typeof parseProcessStat> {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`))
  } catch (error) {
    if (OUT_OF_DESCRIPTORS.includes((error as NodeJS.ErrnoException).code)) throw error
    return undefined
  }
}
