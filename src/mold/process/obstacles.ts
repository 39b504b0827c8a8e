import { setTimeout as sleep } from 'node:timers/promises'
import type { SupervisorConnection } from '../control/index.ts'
import { checkForkSafety } from '../../fork/index.ts'
import { waitingOutput } from './output.ts'

export interface Obstacle {
  /** A sentence, or what joins others in one. */
  readonly text: string
  /** It goes by itself, as a rule, and soon. */
  readonly passes: boolean
}

/** What a worker left behind when it closed has so long to go away. */
const SETTLE_MS = 1000 * 3
const LOOK_MS = 20

/**
 * What stands against forking this process now. The supervisor's socket does not, which the child drops at once, nor do the sockets
 * of the pool, which all listen on.
 */
export function findObstacles({ descriptor }: SupervisorConnection, sockets: readonly number[]): Obstacle[] {
  const allowedDescriptors = descriptor === undefined ? sockets : [...sockets, descriptor]
  const hazards = checkForkSafety({ allowedDescriptors })
  if (!hazards.some(({ kind }) => kind === 'request')) return hazards.map(({ text }) => ({ text, passes: false }))
  // They are among the requests, where they have no name.
  const output = waitingOutput().map((name) => (
    { text: `what was written to ${name} has not all been taken by its reader`, passes: true }))
  return [...output, ...hazards.map(({ kind, text }) => ({ text, passes: kind === 'request' }))]
}

/** The same in sentences, when it stays: sockets and requests that were closed or are about to end go in a turn or two. */
export async function settledObstacles(
  connection: SupervisorConnection | undefined, sockets: readonly number[],
): Promise<readonly string[]> {
  const deadline = performance.now() + SETTLE_MS
  for (;;) {
    const obstacles = connection === undefined ? [] : findObstacles(connection, sockets)
    if (obstacles.length === 0 || performance.now() > deadline) return obstacles.map(({ text }) => text)
    await sleep(LOOK_MS)
  }
}
