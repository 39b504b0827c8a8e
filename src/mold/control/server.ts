import { randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from './connection.ts'
import { parseProcessMessage, type Hello, type ProcessMessage, type SupervisorMessage } from './messages.ts'

/** A process as the supervisor sees it. */
export type ProcessConnection = Connection<ProcessMessage, SupervisorMessage>

/** Whoever connects and does not say who he is by then is turned away. */
const HELLO_MS = 1000 * 10

/** The supervisor's end: a Unix socket in a folder that only its user may enter, and a token that its processes have. */
export class ControlServer {
  /** Of the folder that holds the socket. */
  readonly folder: string
  readonly path: string
  readonly token = randomBytes(32).toString('hex')
  readonly #server: Server
  readonly #strangers = new Set<Socket>()
  readonly #onHello: (connection: ProcessConnection, hello: Hello) => void

  private constructor(onHello: (connection: ProcessConnection, hello: Hello) => void, onError: (error: Error) => void) {
    this.folder = mkdtempSync(join(tmpdir(), 'smem-ts-mold-'))
    this.path = join(this.folder, 'control')
    this.#onHello = onHello
    // From beginning to end: each connection that cannot be accepted, as for want of a descriptor, is an error of its own.
    this.#server = createServer((socket) => this.#accept(socket)).on('error', onError)
  }

  /**
   * `onHello` is told of each process that has said who it is; it sets the connection's listener, or closes it. `onError`: a
   * connection could not be accepted.
   */
  static async listen(
    onHello: (connection: ProcessConnection, hello: Hello) => void, onError: (error: Error) => void,
  ): Promise<ControlServer> {
    let isListening = false
    const control = new ControlServer(onHello, (error) => {
      if (isListening) onError(error)
    })
    await new Promise<void>((resolve, reject) => {
      control.#server.once('error', reject).listen(control.path, resolve)
    }).catch((error: unknown) => {
      control.close()
      throw error
    })
    isListening = true
    return control
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#strangers) socket.destroy()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #accept(socket: Socket): void {
    this.#strangers.add(socket)
    const timer = setTimeout(() => socket.destroy(), HELLO_MS).unref()
    const known = (): void => {
      clearTimeout(timer)
      this.#strangers.delete(socket)
    }
    const connection: ProcessConnection = new Connection(socket, parseProcessMessage, {
      message: (message) => {
        known()
        if (message.type === 'hello' && this.#isOurs(message.token)) this.#onHello(connection, message)
        else connection.close()
      },
      closed: known,
    })
  }

  #isOurs(token: string): boolean {
    const [given, own] = [Buffer.from(token), Buffer.from(this.token)]
    return given.length === own.length && timingSafeEqual(given, own)
  }
}
