import type { Socket } from 'node:net'
import { JsonLines, toLine } from './lines.ts'

export interface ConnectionListener<In> {
  message(message: In): void
  /** Once, in whatever way it ended; never after `close()`. */
  closed(): void
}

/** One end of a control socket: messages out, checked messages in. What makes no sense is dropped. */
export class Connection<In, Out extends object> {
  readonly #socket: Socket
  readonly #lines = new JsonLines()
  readonly #parse: (value: unknown) => In | undefined
  #listener: ConnectionListener<In> | undefined

  constructor(socket: Socket, parse: (value: unknown) => In | undefined, listener: ConnectionListener<In>) {
    this.#socket = socket
    this.#parse = parse
    this.#listener = listener
    socket.setEncoding('utf8')
    socket.on('data', (piece) => this.#take(String(piece)))
    // What went wrong matters to nobody: the other end is gone.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      const last = this.#listener
      this.#listener = undefined
      last?.closed()
    })
  }

  /** Tells another listener from now on. */
  set listener(listener: ConnectionListener<In>) {
    if (this.#listener) this.#listener = listener
  }

  get isOpen(): boolean {
    return this.#listener !== undefined && !this.#socket.destroyed
  }

  /** The descriptor; undefined when it is not known. */
  get descriptor(): number | undefined {
    const { _handle: handle } = this.#socket as Socket & { readonly _handle?: { readonly fd?: number } | null }
    return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined
  }

  send(message: Out): void {
    if (this.isOpen) this.#socket.write(toLine(message))
  }

  /** Resolves when all that was sent is in the kernel's hands, or the connection is closed. */
  async flushed(): Promise<void> {
    while (this.isOpen && this.#socket.writableLength > 0) {
      await new Promise<void>((resolve) => {
        this.#socket.once('close', resolve).write('', () => resolve())
      })
    }
  }

  /** At once; the listener is not told. In a forked child it leaves the parent's end of the same socket alone. */
  close(): void {
    this.#listener = undefined
    this.#socket.destroy()
  }

  #take(piece: string): void {
    let values: unknown[]
    try {
      values = this.#lines.take(piece)
    } catch {
      this.#socket.destroy()
      return
    }
    for (const value of values) {
      const message = this.#parse(value)
      if (message !== undefined) this.#listener?.message(message)
    }
  }
}
