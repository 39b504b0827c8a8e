import type { SupervisorConnection } from '../control/index.ts'
import { checkForkSafety } from '../../fork/index.ts'

/**
 * What stands against forking this process now, in sentences. The supervisor's socket does not, which the child drops at once, nor
 * do the sockets of the pool, which all listen on.
 */
export function findObstacles({ descriptor }: SupervisorConnection, sockets: readonly number[]): string[] {
  const allowedDescriptors = descriptor === undefined ? sockets : [...sockets, descriptor]
  return checkForkSafety({ allowedDescriptors }).map(({ text }) => text)
}
