import type { ChildProcess } from 'node:child_process'

/** What node:cluster sends over the channel for itself. */
interface Internal {
  readonly cmd?: unknown
  readonly act?: unknown
  readonly seq?: unknown
  readonly ack?: unknown
}

const LOOK_MS = 10

/**
 * Connections that the primary has handed to a worker, until the worker says whether it takes them. One that is killed before, for
 * its event loop was blocked, never says so, and node:cluster waits for ever: the client hangs, and the primary keeps the
 * descriptor. Here they are given back as if the worker had refused them, and go to another.
 */
export class HandedOver {
  readonly #process: ChildProcess
  readonly #send: ChildProcess['send']
  readonly #waiting = new Set<number>()

  constructor(process: ChildProcess) {
    this.#process = process
    this.#send = process.send
    process.send = this.#watch
    process.on('internalMessage', this.#heard)
    process.once('disconnect', this.#giveBack)
    process.once('exit', this.#ended)
  }

  close(): void {
    if (this.#process.send === this.#watch) this.#process.send = this.#send
    this.#process.off('internalMessage', this.#heard)
    this.#process.off('disconnect', this.#giveBack)
    this.#process.off('exit', this.#ended)
  }

  readonly #watch = (...args: unknown[]): boolean => {
    const { cmd, act, seq } = (args[0] ?? {}) as Internal
    if (cmd === 'NODE_CLUSTER' && act === 'newconn' && typeof seq === 'number') this.#waiting.add(seq)
    return Reflect.apply(this.#send, this.#process, args)
  }

  readonly #heard = (message: Internal): void => {
    if (message.cmd === 'NODE_CLUSTER' && typeof message.ack === 'number') this.#waiting.delete(message.ack)
  }

  /** There is no 'disconnect' of a channel that waits for the worker to confirm a handle. */
  readonly #ended = (): void => {
    if (this.#process.connected) setTimeout(this.#ended, LOOK_MS).unref()
    else setImmediate(this.#giveBack)
  }

  /** The channel has ended: all that the worker has said is known. */
  readonly #giveBack = (): void => {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const seq of waiting) this.#process.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack: seq, accepted: false })
  }
}
