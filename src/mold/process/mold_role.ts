import { setImmediate as turn } from 'node:timers/promises'
import { readFileSync, writeFileSync } from 'node:fs'
import { cut, type ProcessMessage, type SupervisorConnection, type SupervisorMessage } from '../control/index.ts'
import { forkProcess, type Forked } from '../../fork/index.ts'
import { findObstacles } from './obstacles.ts'
import { runHooks } from '../../fork/index.ts'

type ForkRequest = Extract<SupervisorMessage, { type: 'fork' }>

export interface MoldRoleOptions {
  /** The name that children bear until they have said hello. */
  readonly childMark: string
  readonly connection: SupervisorConnection
  /** In the child, in the very turn of the fork, with what it was asked for. */
  readonly onChild: (request: ForkRequest) => void
}

/** What a process does as a mold: forks on command, one child a turn. */
export class MoldRole {
  readonly #options: MoldRoleOptions
  readonly #answers = new Map<number, ProcessMessage | undefined>()
  #last: Promise<void> = Promise.resolve()

  constructor(options: MoldRoleOptions) {
    this.#options = options
  }

  /** One that was asked for before is answered as before. */
  fork(request: ForkRequest): void {
    const { connection } = this.#options
    if (this.#answers.has(request.id)) {
      const answer = this.#answers.get(request.id)
      if (answer) connection.send(answer)
      return
    }
    this.#answers.set(request.id, undefined)
    this.#last = this.#last.then(async () => {
      const answer = await this.#fork(request)
      if (answer === 'child') return new Promise(() => undefined) // the parent's other forks are not the child's
      this.#answers.set(request.id, answer)
      connection.send(answer)
      await runHooks('afterForkInParent').catch((error: unknown) => {
        connection.send({ type: 'warning', warning: cut(messageOf(error)) })
      })
      return undefined
    })
  }

  async #fork(request: ForkRequest): Promise<ProcessMessage | 'child'> {
    const { childMark, connection, onChild } = this.#options
    const { id } = request
    try {
      await runHooks('beforeFork')
      await connection.flushed()
      await turn()
      const obstacles = findObstacles(connection)
      if (obstacles.length > 0) {
        return { type: 'forkFailed', id, reason: cut(`a copy of the mold would not be safe: ${obstacles.join('; ')}`) }
      }
      const { isChild, pid, stoppedMs } = forkAs(childMark)
      if (!isChild) return { type: 'forked', id, pid, stoppedMs }
    } catch (error) {
      return { type: 'forkFailed', id, reason: cut(messageOf(error)) }
    }
    onChild(request)
    return 'child'
  }
}

/** This process bears the name for as long, too: a child has from its first moment what its parent has. */
function forkAs(name: string): Forked {
  const own = rename(name)
  let isChild = false
  try {
    const forked = forkProcess({ sibling: true })
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

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
