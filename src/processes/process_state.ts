import { DEAD_STATES } from '../native/index.ts'
import type { ProcessInfo } from './process_info.ts'

/** Whether there is memory to account for: kernel threads, zombies and the dead have none. */
export function hasAddressSpace({ kernelThread, state }: Pick<ProcessInfo, 'kernelThread' | 'state'>): boolean {
  return !kernelThread && !DEAD_STATES.has(state)
}
