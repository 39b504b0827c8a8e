import { readFileSync } from 'node:fs'
import { parseProcessStat } from '../../native/index.ts'

/** Whose child a process is, and when it started; undefined when it is gone. A zombie still has this. */
export function readStat(pid: number): ReturnType<typeof parseProcessStat> {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`))
  } catch {
    return undefined
  }
}
