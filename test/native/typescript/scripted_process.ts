import assert from 'node:assert/strict'
import { constants as os } from 'node:os'

import type { Operation, Steps } from '../../../src/native/typescript/operations.ts'
import { toBytes } from './smaps_text.ts'

/** What one read answers: text, or a negated errno. At the end of the answers the file ends. */
type Answer = string | number

/** One opening of a file: an errno, or the answers of its reads in turn, and that of a read at its start. */
export type Opening = number | { reads: readonly Answer[]; atStart?: Answer }

export const DIRECTORY = 100

/**
 * A process that behaves as told, operation by operation: for what no real process does on demand. It insists that
 * every descriptor is closed, once.
 */
export class ScriptedProcess {
  readonly operations: string[] = []
  readonly #files: Map<string, Opening[]>
  /** What the looks at stat find, in turn; the last one stays. */
  readonly #existing: boolean[]
  readonly #open = new Map<number, { reads: Answer[]; atStart: Answer }>()
  #next = DIRECTORY + 1

  constructor(files: Readonly<Record<string, readonly Opening[]>>, existing: readonly boolean[] = [true]) {
    this.#files = new Map(Object.entries(files).map(([name, openings]) => [name, [...openings]]))
    this.#existing = [...existing]
  }

  run<T>(steps: Steps<T>): T {
    let step = steps.next()
    while (step.done !== true) step = steps.next(this.perform(step.value))
    this.assertAllClosed()
    return step.value
  }

  assertAllClosed(): void {
    assert.deepEqual([...this.#open.keys()], [], 'descriptors left open')
  }

  perform(operation: Operation): number {
    switch (operation.kind) {
      case 'open': return this.#openFile(operation.path.replace(`/proc/self/fd/${DIRECTORY}/`, ''))
      case 'read': return this.#read(operation)
      case 'stat': return this.#stat()
      case 'close':
        this.operations.push('close')
        assert.ok(this.#open.delete(operation.fd), 'closed twice')
        return 0
      case 'owner': return 0
      case 'list': throw new Error('nothing is listed')
    }
  }

  #openFile(name: string): number {
    this.operations.push(`open ${name}`)
    const opening = this.#files.get(name)?.shift() ?? os.errno.ENOENT
    if (typeof opening === 'number') return -opening
    const fd = this.#next
    this.#next += 1
    this.#open.set(fd, { reads: [...opening.reads], atStart: opening.atStart ?? 'x' })
    return fd
  }

  #read(operation: Operation & { kind: 'read' }): number {
    const file = this.#open.get(operation.fd)
    assert.ok(file, 'read of a file that is not open')
    this.operations.push(operation.position === null ? 'read' : `read at ${operation.position}`)
    const answer = operation.position === null ? (file.reads.shift() ?? '') : file.atStart
    if (typeof answer === 'number') return answer
    const bytes = toBytes(answer).subarray(0, operation.size)
    if (answer.length > operation.size && operation.position === null) file.reads.unshift(answer.slice(operation.size))
    operation.into.set(bytes, operation.at)
    return bytes.length
  }

  #stat(): number {
    this.operations.push('stat')
    const existing = this.#existing.length > 1 ? this.#existing.shift() : this.#existing[0]
    return existing === true ? 0 : -os.errno.ENOENT
  }
}
