import { readdirSync } from 'node:fs'
import { readStat } from './read_stat.ts'

/**
 * Children of this process that bear the mark, by pid: zombies too. Looks at every process there is, so it is for when something
 * has gone wrong. The kernel's own list (/proc/self/task/TID/children) is not in every kernel.
 */
export function findMarkedChildren(mark: string): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    const stat = readStat(pid)
    return stat?.ppid === process.pid && Buffer.from(stat.comm).toString('latin1') === mark
  })
}
