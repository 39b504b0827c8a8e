import type { Reason, Violation } from './monitor.ts'

/** Of actions for these, freed memory is not the purpose: nothing is asked of them. */
const NOT_FOR_MEMORY: ReadonlySet<Reason> = new Set<Reason>(['age', 'requests', 'unresponsive', 'refork_call', 'refork_signal'])
/** Of these, freed memory is asked, but they come due by other things than memory. */
const NOT_BY_MEMORY: ReadonlySet<Reason> = new Set<Reason>([...NOT_FOR_MEMORY, 'refork_age', 'refork_requests'])

/** Whether the action is to free memory. */
export function isForMemory({ reason, unit }: Pick<Violation, 'reason' | 'unit'>): boolean {
  return reason === 'custom' ? unit === 'bytes' : !NOT_FOR_MEMORY.has(reason)
}

/** Whether memory says that it is due: then it may come due again at once, if the last action was in vain. */
export function isByMemory({ reason, unit }: Pick<Violation, 'reason' | 'unit'>): boolean {
  return reason === 'custom' ? unit === 'bytes' : !NOT_BY_MEMORY.has(reason)
}
