import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

/**
 * Notes from here on where connections are opened, so that one that stands against a fork can be told from others. By the
 * prototype: node:diagnostics_channel tells nothing of the sockets of node:tls, nor of those that are made before they connect.
 */
export function watchConnections(): void {
  if (isWatching) return
  isWatching = true
  const { connect } = Socket.prototype as { connect: Connect }
  const watched = {
    connect(this: Socket, ...parameters: unknown[]): Socket {
      note(this)
      return connect.apply(this, parameters)
    },
  }
  Socket.prototype.connect = watched.connect
}

/** Where the socket of a descriptor was connected: '/app/database.js:12:34'. undefined when it is not known. */
export function connectedAt(fd: number): string | undefined {
  for (const reference of sockets) {
    const socket = reference.deref() as SocketWithHandle | undefined
    if (socket?._handle?.fd === fd) return placeOf(origins.get(socket)?.stack ?? '')
  }
  return undefined
}

type Connect = (this: Socket, ...parameters: unknown[]) => Socket
type SocketWithHandle = Socket & { readonly _handle?: { readonly fd?: number } | null }

interface Origin {
  /** Written when it is asked for: what is kept is cheap. */
  readonly stack?: string
}

/** Drivers connect from deep within. */
const FRAMES = 30

let isWatching = false
const origins = new WeakMap<Socket, Origin>()
const sockets = new Set<WeakRef<Socket>>()
const gone = new FinalizationRegistry<WeakRef<Socket>>((reference) => sockets.delete(reference))

function note(socket: Socket): void {
  const origin: Origin = {}
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = FRAMES
  Error.captureStackTrace(origin, Socket.prototype.connect)
  Error.stackTraceLimit = stackTraceLimit
  const isNew = !origins.has(socket)
  origins.set(socket, origin)
  if (!isNew) return
  const reference = new WeakRef(socket)
  sockets.add(reference)
  gone.register(socket, reference)
}

/** The application's own part of a stack, or that of a library when the application has none in it. */
function placeOf(stack: string): string | undefined {
  const places = stack.split('\n').flatMap((line) => {
    const [, place] = /(?:\(| at (?:async )?)((?:file:\/\/)?\/[^()]*:\d+:\d+)\)?$/.exec(line) ?? []
    return place === undefined ? [] : [place.startsWith('file:') ? toPath(place) : place]
  })
  return places.find((place) => !place.includes('/node_modules/')) ?? places[0]
}

function toPath(place: string): string {
  const [, url = place, position = ''] = /^(.*?)(:\d+:\d+)$/.exec(place) ?? []
  return `${fileURLToPath(url)}${position}`
}
