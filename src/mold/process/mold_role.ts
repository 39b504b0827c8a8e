import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { readFileSync, writeFileSync } from 'node:fs'
import { messageOf } from '../../errors.ts'
import { forkProcess, runHooks, type Forked, type ForkOptions, type HookPoint } from '../../fork/index.ts'
import { cut, type ForkRequest, type ProcessMessage, type SupervisorConnection } from '../control/index.ts'
import { findObstacles } from './obstacles.ts'

export interface MoldRoleOptions {
  /** The name that children bear until they have said hello. */
  readonly childMark: string
  readonly connection: SupervisorConnection
  /** Descriptors of the pool's sockets. */
  readonly sockets: readonly number[]
  /** In the child, in the very turn of the fork, with what it was asked for. */
  readonly onChild: (request: ForkRequest) => void
}

/** What a process does as a mold: forks on command, one child a turn. */
export class MoldRole {
  readonly #options: MoldRoleOptions
  #last: Promise<void> = Promise.resolve()

  constructor(options: MoldRoleOptions) {
    this.#options = options
  }

  /** After those that were asked for before. */
  fork(request: ForkRequest): void {
    const { connection } = this.#options
    this.#last = this.#last.then(async () => {
      const answer = await this.#fork(request)
      if (answer === 'child') return new Promise(() => undefined) // the parent's other forks are not the child's
      connection.send(answer)
      await this.#runHooks('afterForkInParent').catch((error: unknown) => {
        connection.send({ type: 'warning', warning: cut(messageOf(error)) })
      })
      return undefined
    })
  }

  async #fork(request: ForkRequest): Promise<ProcessMessage | 'child'> {
    const { childMark, connection, sockets, onChild } = this.#options
    const { id, timeoutMs } = request
    const waitsUntil = performance.now() + timeoutMs * WAIT_SHARE
    try {
      await this.#runHooks('beforeFork')
      for (;;) {
        await connection.flushed()
        await turn()
        const obstacles = findObstacles(connection, sockets)
        if (obstacles.length === 0) break
        if (performance.now() > waitsUntil || !obstacles.every(({ passes }) => passes)) {
          const reasons = obstacles.map(({ text }) => text).join('; ')
          return { type: 'forkFailed', id, reason: cut(`a copy of the mold would not be safe: ${reasons}`) }
        }
        await sleep(LOOK_MS)
      }
      const { isChild, pid } = forkAs(childMark, withinOf(timeoutMs))
      if (!isChild) return { type: 'forked', id, pid }
    } catch (error) {
      return { type: 'forkFailed', id, reason: cut(messageOf(error)) }
    }
    onChild(request)
    return 'child'
  }

  /** The supervisor is told which it is: of one that hangs nothing else would tell. */
  async #runHooks(point: HookPoint): Promise<void> {
    const { connection } = this.#options
    let hasTold = false
    try {
      await runHooks(point, (hook) => {
        hasTold = true
        connection.send({ type: 'stage', stage: cut(hook) })
      })
    } finally {
      if (hasTold) connection.send({ type: 'stage', stage: '' })
    }
  }
}

const LOOK_MS = 20

/**
 * Of the time after which this mold counts as hung, so much is for requests and output that are under way to end, for its threads
 * to rest, and for the child's word: with what is to spare for the child's hello, it says what is wrong before it is killed for
 * saying nothing.
 */
const WAIT_SHARE = 3 / 10
const PARK_SHARE = 1 / 10
const CHILD_SHARE = 1 / 2
/** What forkProcess takes at most. */
const MAX_FORK_MS = 1000 * 60 * 60

function withinOf(timeoutMs: number): ForkOptions {
  const share = (part: number): number => Math.min(Math.max(1, Math.round(timeoutMs * part)), MAX_FORK_MS)
  return { sibling: true, parkTimeout: share(PARK_SHARE), childTimeout: share(CHILD_SHARE) }
}

/** This process bears the name for as long, too: a child has from its first moment what its parent has. */
function forkAs(name: string, options: ForkOptions): Forked {
  const own = rename(name)
  let isChild = false
  try {
    const forked = forkProcess(options)
    isChild = forked.isChild
    return forked
  } finally {
    if (!isChild) rename(own)
  }
}

/** Not process.title, which ps shows. Returns the name before. */
function rename(name: string): string {
  try {
    const before = readFileSync('/proc/self/comm', 'utf8').trimEnd()
    writeFileSync('/proc/self/comm', name)
    return before
  } catch {
    // A /proc that cannot be written to: a child that nobody tells of cannot be found, and there is hardly ever one.
    return name
  }
}
