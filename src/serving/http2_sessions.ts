import type { Server } from 'node:net'
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'

/** The largest id a stream can have: a GOAWAY with it refuses none of those that are on their way. */
const LAST_STREAM = 2 ** 31 - 1
/** A client that has not answered the ping by then is told all the same. */
const PONG_MS = 1000 * 2

/** The HTTP/2 sessions of one server. */
export class Http2Sessions {
  readonly #server: Server
  readonly #onRequest: () => void
  readonly #sessions = new Set<ServerHttp2Session>()
  #closing = false

  constructor(server: Server, onRequest: () => void) {
    this.#server = server
    this.#onRequest = onRequest
    server.on('session', this.#add)
    server.on('stream', this.#count)
  }

  /**
   * Ends each session as RFC 9113 (6.8) has it: GOAWAY that refuses nothing, then, when all that the client sent before it knew has
   * come in, the real one.
   */
  shut(): void {
    if (this.#closing) return
    this.#closing = true
    for (const session of this.#sessions) sayGoodbye(session)
  }

  close(): void {
    this.#server.off('session', this.#add)
    this.#server.off('stream', this.#count)
    this.#sessions.clear()
  }

  readonly #add = (session: ServerHttp2Session): void => {
    if (this.#sessions.has(session) || session.destroyed) return
    this.#sessions.add(session)
    session.once('close', () => this.#sessions.delete(session))
    if (this.#closing) sayGoodbye(session)
  }

  readonly #count = (stream: ServerHttp2Stream): void => {
    this.#onRequest()
    if (stream.session) this.#add(stream.session as ServerHttp2Session) // one that was there before we were
  }
}

/** Whether it speaks HTTP/2; asked by what it can, for loading node:http2 costs every worker memory. */
export function speaksHttp2(server: Server): boolean {
  return 'updateSettings' in server
}

function sayGoodbye(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return
  const finish = (): void => {
    clearTimeout(timer)
    if (!session.closed && !session.destroyed) session.close()
  }
  const timer = setTimeout(finish, PONG_MS).unref()
  session.goaway(0, LAST_STREAM)
  session.ping(finish)
}
