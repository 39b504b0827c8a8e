import { closeSync } from 'node:fs'
import { backend } from '../../native/index.ts'
import type { Role } from '../control/index.ts'
import { duplicateDescriptor } from '../sockets.ts'

/** In the environment of the processes that the supervisor starts; taken out of it before the application is loaded. */
export const SETUP_VARIABLE = 'SMEM_TS_MOLD'

/** What a process is told when it is started. Its children inherit it. */
export interface ProcessSetup {
  /** Path of the supervisor's control socket. */
  readonly control: string
  readonly token: string
  /** URL of the module that has the application. */
  readonly app: string
  readonly title: string
  /** How many listening sockets it has: descriptors 3, 4, ... */
  readonly sockets: number
  /** Of each of them. */
  readonly backlogs: readonly number[]
  /** How long it may finish its work when the supervisor is gone. */
  readonly drainMs: number
  /** How long connections must have been idle to be closed in a drain; undefined for the servers' own time. */
  readonly closeIdleMs?: number | undefined
}

/** Who this process is. */
export interface Identity {
  readonly role: Role
  readonly id: number
  readonly slot: number
  readonly generation: number
}

const FIRST_DESCRIPTOR = 3

/** @throws {Error} when this process was not started by a pool */
export function takeSetup(env: NodeJS.ProcessEnv): { setup: ProcessSetup, identity: Identity } {
  const text = env[SETUP_VARIABLE]
  if (text === undefined) throw new Error('this program is started by a MoldPool, not by hand')
  // For this process alone: what the application starts has no part in the pool.
  Reflect.deleteProperty(env, SETUP_VARIABLE)
  return JSON.parse(text) as { setup: ProcessSetup, identity: Identity }
}

/** The listening sockets, under numbers that programs which the application starts do not inherit. */
export function takeSockets({ sockets }: ProcessSetup): number[] {
  return Array.from({ length: sockets }, (_, place) => {
    // Node has seen to it that these are not inherited either.
    if (backend().sockets === undefined) return FIRST_DESCRIPTOR + place
    const taken = duplicateDescriptor(FIRST_DESCRIPTOR + place)
    closeSync(FIRST_DESCRIPTOR + place)
    return taken
  })
}
