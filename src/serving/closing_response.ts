import type { IncomingMessage, ServerResponse } from 'node:http'

type HeadArguments = readonly unknown[]

/**
 * Makes the response end its connection with `Connection: close`, whatever the application says of it, if `mayClose` holds when the
 * head is written: a client that was told so sends nothing more there, and so loses nothing when the connection ends.
 */
export function closeWithResponse(request: IncomingMessage, response: ServerResponse, mayClose: () => boolean): void {
  if (response.headersSent) return
  const writeHead = response.writeHead as (...args: HeadArguments) => ServerResponse
  const closing = (...args: HeadArguments): ServerResponse => {
    // A body that is still on its way would meet a closed connection, and the reset would take the response along.
    if (response.headersSent || bodyPending(request) || !mayClose()) return Reflect.apply(writeHead, response, args)
    response.shouldKeepAlive = false
    const list = response.getHeaderNames().length === 0 && args.findLast(Array.isArray)
    // By name, as Node itself adds none where the application has removed it; but a list must be without headers beside it.
    if (!list) response.setHeader('Connection', 'close')
    return Reflect.apply(writeHead, response, args.map((argument) => withoutConnection(argument, argument === list)))
  }
  response.writeHead = closing
}

function bodyPending(request: IncomingMessage): boolean {
  // A message without a body is not `complete` either before its handler has returned.
  const { headers } = request
  return !request.complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
}

/** Headers as writeHead takes them, in an object, in pairs or flat, without those that keep the connection; `closes`: says so. */
function withoutConnection(argument: unknown, closes: boolean): unknown {
  if (Array.isArray(argument)) {
    const list: readonly unknown[] = argument
    if (list.length > 0 && list.every((entry) => Array.isArray(entry))) {
      return [...list.filter((entry) => !keepsConnection(entry[0])), ...closes ? [['Connection', 'close']] : []]
    }
    return [...list.filter((_, place) => !keepsConnection(list[place - (place % 2)])), ...closes ? ['Connection', 'close'] : []]
  }
  if (argument === null || typeof argument !== 'object') return argument
  return Object.fromEntries(Object.entries(argument).filter(([name]) => !keepsConnection(name)))
}

function keepsConnection(name: unknown): boolean {
  return /^(connection|keep-alive)$/i.test(String(name))
}
