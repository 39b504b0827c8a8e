import type { ProcessInfo } from './process_info.ts'

/** Whether there is memory to account for: kernel threads, zombies and the dead have none. */
export function hasAddressSpace({ kernelThread, state }: Pick<ProcessInfo, 'kernelThread' | 'state'>): boolean {
  return !kernelThread && !DEAD_STATES.has(state)
}

/** As proc_pid_stat(5) has them: a zombie, and the dead by their newer and their older letter. */
const DEAD_STATES = new Set(['Z', 'X', 'x'])
