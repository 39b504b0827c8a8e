import { channel, type ChannelListener } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server, type Socket } from 'node:net'
import { Http2Sessions, speaksHttp2 } from './http2_sessions.ts'
import { HttpTraffic } from './http_traffic.ts'

/** Node's channels: the one says of each connection that a net.Server accepted, the other of each HTTP/1 request. */
const ACCEPTED = channel('net.server.socket')
const REQUESTED = channel('http.server.request.start')

interface Requested {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Socket
  readonly server: Server
}

interface Found {
  readonly sessions: Http2Sessions | undefined
  readonly onSecure: (socket: Socket) => void
  readonly onClose: () => void
}

/** The servers of this process, found by what comes in through them, and the work that they have. */
export class ServedWork {
  readonly #traffic = new HttpTraffic()
  readonly #servers = new Map<Server, Found>()
  #streams = 0
  #shut = false

  constructor(servers: Iterable<Server>) {
    ACCEPTED.subscribe(this.#accepted)
    REQUESTED.subscribe(this.#requested)
    for (const server of servers) this.#find(server)
  }

  /** A server that nothing has come in through yet. */
  add(server: Server): void {
    this.#find(server)
  }

  /** Requests since the start, of HTTP/1 and HTTP/2. */
  get requests(): number {
    return this.#traffic.requests + this.#streams
  }

  /** No new connections; those that are there end with the work that they have. Servers that are found later are closed then. */
  shut(): void {
    this.#shut = true
    this.#traffic.endWithResponses()
    for (const [server, { sessions }] of this.#servers) shutServer(server, sessions)
  }

  /** Closes connections that have been idle for so long; see HttpTraffic. */
  closeIdle(closeIdleAfter: number | undefined): void {
    this.#traffic.closeIdle(closeIdleAfter)
  }

  /** Whether any connection is left, over which nothing need have been asked. */
  async busy(): Promise<boolean> {
    if (this.#traffic.size > 0) return true
    const counts = await Promise.all([...this.#servers.keys()].map(countConnections))
    return this.#traffic.size > 0 || counts.some((count) => count > 0)
  }

  close(): void {
    ACCEPTED.unsubscribe(this.#accepted)
    REQUESTED.unsubscribe(this.#requested)
    for (const server of this.#servers.keys()) this.#forget(server)
  }

  readonly #accepted: ChannelListener = (message) => {
    const { socket } = message as { readonly socket: Socket & { readonly server?: unknown } }
    const { server } = socket
    if (!(server instanceof Server)) return
    this.#find(server)
    if (speaksHttp1(server) && !speaksTls(server)) this.#traffic.accepted(socket, server)
  }

  readonly #requested: ChannelListener = (message) => {
    const { request, response, socket, server } = message as Requested
    this.#find(server)
    this.#traffic.requested(request, response, socket, server)
  }

  #find(server: Server): void {
    if (!this.#servers.has(server)) {
      const sessions = speaksHttp2(server) ? new Http2Sessions(server, () => this.#streams++) : undefined
      const onSecure = (socket: Socket): void => {
        if (speaksHttp1(server)) this.#traffic.accepted(socket, server)
      }
      const onClose = (): void => this.#forget(server)
      server.on('secureConnection', onSecure).on('close', onClose)
      this.#servers.set(server, { sessions, onSecure, onClose })
    }
    if (this.#shut) shutServer(server, this.#servers.get(server)?.sessions)
  }

  #forget(server: Server): void {
    const found = this.#servers.get(server)
    if (!found) return
    found.sessions?.close()
    server.off('secureConnection', found.onSecure).off('close', found.onClose)
    this.#servers.delete(server)
  }
}

/**
 * Not `server.close()`: that of HTTP servers ends idle connections at once, and with them requests that are on their way. In a
 * worker this tells the primary to hand over no more; what is on its way from there is refused, and goes to another worker.
 */
function shutServer(server: Server, sessions: Http2Sessions | undefined): void {
  if (server.listening) Server.prototype.close.call(server)
  sessions?.shut()
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)))
}

function speaksHttp1(server: Server): boolean {
  return 'keepAliveTimeout' in server
}

function speaksTls(server: Server): boolean {
  return 'setSecureContext' in server
}
