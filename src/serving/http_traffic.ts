import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import { closeWithResponse } from './closing_response.ts'

/** For servers without a keepAliveTimeout of their own: Node's default. */
const KEEP_ALIVE_MS = 1000 * 5
/** Node itself waits so much longer than it has told the client. */
const KEEP_ALIVE_MARGIN_MS = 1000

interface Connection {
  readonly server: Server
  /** Requests that have no complete response. */
  open: number
  /** The last that came: the only one whose response may end the connection, or pipelined ones behind it would be lost. */
  newest: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined
  idleSince: number
  /** `bytesRead` at that time: once it grows, a request is coming in. */
  bytesThen: number
}

/** The connections of HTTP/1 servers, and what is going on over each. */
export class HttpTraffic {
  requests = 0
  readonly #connections = new Map<Socket, Connection>()
  #closing = false

  /** Connections that are open, as far as known. */
  get size(): number {
    return this.#connections.size
  }

  /** A connection was accepted. */
  accepted(socket: Socket, server: Server): Connection {
    const known = this.#connections.get(socket)
    if (known) return known
    const connection: Connection = { server, open: 0, newest: undefined, idleSince: performance.now(), bytesThen: 0 }
    if (socket.destroyed) return connection
    this.#connections.set(socket, connection)
    socket.once('close', () => this.#connections.delete(socket))
    return connection
  }

  /** The head of a request has come in. */
  requested(request: IncomingMessage, response: ServerResponse, socket: Socket, server: Server): void {
    this.requests++
    const connection = this.accepted(socket, server)
    connection.open++
    connection.newest = { request, response }
    response.once('close', () => {
      connection.open--
      connection.idleSince = performance.now()
      connection.bytesThen = socket.bytesRead
      if (connection.newest?.response === response) connection.newest = undefined
    })
    if (this.#closing) endWith(connection)
  }

  /** From now on each connection ends with the response to its newest request. */
  endWithResponses(): void {
    this.#closing = true
    for (const connection of this.#connections.values()) endWith(connection)
  }

  /**
   * Closes connections that have been idle for `closeIdleAfter` milliseconds, by default for as long as their server keeps them.
   * Those over which anything has come in since, a part of a request or what follows an upgrade, are not idle.
   */
  closeIdle(closeIdleAfter: number | undefined): void {
    const now = performance.now()
    for (const [socket, { server, open, idleSince, bytesThen }] of this.#connections) {
      if (open > 0 || socket.bytesRead !== bytesThen) continue
      if (now - idleSince >= (closeIdleAfter ?? keptFor(server))) socket.destroy()
    }
  }
}

function endWith(connection: Connection): void {
  const { newest } = connection
  if (newest) closeWithResponse(newest.request, newest.response, () => connection.newest === newest)
}

function keptFor(server: Server): number {
  const own = 'keepAliveTimeout' in server ? Number(server.keepAliveTimeout) : 0
  return (own || KEEP_ALIVE_MS) + KEEP_ALIVE_MARGIN_MS
}
