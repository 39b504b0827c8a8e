/**
 * A worker of the tests' clusters. What it does is told by environment variables:
 * APP_SERVER: http, https, h2c, http2, express-like headers ('stubborn'). APP_LISTEN: port (0) or path. APP_HALF=no: no worker half.
 * APP_START: crash, hang, manual. APP_TERM=ignore. APP_EXIT=stay: something keeps it running. APP_CRASH_FILE: crashes at start while
 * the file is there.
 */
import cluster from 'node:cluster'
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { Server, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { attachWorker } from '../../../src/worker.ts'

const { env } = process
const forever = (): void => void setInterval(() => undefined, 1000 * 1000)

if (env['APP_START'] === 'crash' || (env['APP_CRASH_FILE'] && existsSync(env['APP_CRASH_FILE']))) process.exit(3)
if (env['APP_TERM'] === 'ignore') process.on('SIGTERM', () => undefined)
if (env['APP_EXIT'] === 'stay') forever()

const upgraded = new Set<Socket>()
const streams = new Set<http.ServerResponse>()
const half = env['APP_HALF'] === 'no' ? undefined : attachWorker({
  ready: env['APP_START'] === 'manual' ? 'manual' : 'listening',
  ...(env['APP_CLOSE_IDLE'] ? { closeIdleAfter: env['APP_CLOSE_IDLE'] } : {}),
  async onDrain() {
    for (const socket of upgraded) socket.end('goodbye')
    for (const response of streams) response.end('data: goodbye\n\n')
    await sleep(Number(env['APP_HOOK_MS'] ?? 0))
  },
})

process.on('message', (message) => {
  if (message === 'ready') half?.ready()
  if (message === 'disconnect') process.disconnect()
  if (message === 'detach') half?.close()
  if (message === 'leave') cluster.worker?.disconnect()
  if (message === 'spin') spin()
})

function spin(): never {
  for (;;) Math.random()
}

async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://app')
  if (url.pathname === '/spin') spin()
  if (url.pathname === '/exit') process.exit(1)
  if (url.pathname === '/sse') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: hello\n\n')
    streams.add(response)
    response.once('close', () => streams.delete(response))
    return
  }
  if (url.pathname === '/upload') {
    // Answers before the body has come in, which it then throws away.
    response.end(String(process.pid))
    return
  }
  if (url.pathname === '/echo') {
    let length = 0
    for await (const chunk of request) length += (chunk as Buffer).length
    response.end(String(length))
    return
  }
  const waitMs = Number(url.searchParams.get('ms') ?? 0)
  if (waitMs > 0) await sleep(waitMs)
  if (env['APP_SERVER'] === 'stubborn') response.writeHead(200, { Connection: 'keep-alive' })
  response.end(String(process.pid))
}

function onRequest(request: http.IncomingMessage, response: http.ServerResponse): void {
  void handle(request, response)
}

function makeServer(): Server {
  const onStream = onRequest as unknown as (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void
  const keepAliveTimeout = Number(env['APP_KEEP_ALIVE'] ?? 5000)
  const tls = (): { key: Buffer; cert: Buffer } => ({
    key: readFileSync(env['APP_KEY'] ?? ''), cert: readFileSync(env['APP_CERT'] ?? ''),
  })
  switch (env['APP_SERVER']) {
    case 'https': return https.createServer({ ...tls(), keepAliveTimeout }, onRequest)
    case 'h2c': return http2.createServer(onStream)
    case 'http2': return http2.createSecureServer({ ...tls(), allowHTTP1: true }, onStream)
    default: return http.createServer({ keepAliveTimeout }, onRequest)
  }
}

if (env['APP_START'] === 'hang') {
  forever()
} else {
  const server = makeServer()
  server.on('upgrade', (_request, socket: Socket) => {
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.on('data', (chunk: Buffer) => socket.write(chunk))
    socket.on('end', () => socket.end())
  })
  const listen = env['APP_LISTEN'] ?? '0'
  if (/^\d+$/.test(listen)) server.listen(Number(listen), '127.0.0.1')
  else server.listen(listen)
  if (env['APP_SECOND']) {
    // Listens a while later for this one.
    setTimeout(() => http.createServer(onRequest).listen(Number(env['APP_SECOND']), '127.0.0.1'), 100)
  }
}
