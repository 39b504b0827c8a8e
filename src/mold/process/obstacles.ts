import type { SupervisorConnection } from '../control/index.ts'
import { checkForkSafety } from '../../fork/index.ts'

/** What stands against forking this process now, in sentences. The supervisor's socket does not: the child drops it at once. */
export function findObstacles({ descriptor }: SupervisorConnection): string[] {
  return checkForkSafety({ allowedDescriptors: descriptor === undefined ? [] : [descriptor] }).map(({ text }) => text)
}
