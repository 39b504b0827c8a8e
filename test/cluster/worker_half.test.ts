import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RollOutcome } from '../../src/pool/index.ts'
import { attachWorker } from '../../src/worker.ts'
import { certificate } from '../support/certificate.ts'
import { startCluster, stopCluster, type TestCluster } from '../support/clusters.ts'
import { waitFor, within } from '../support/wait_for.ts'

const DEADLINE_MS = 1000 * 30

/** Replaces the only worker; `drainTimeout` is longer than the test, so that what ends in time has ended gently. */
function recycleOnly({ pool }: TestCluster): Promise<RollOutcome> {
  return within(pool.recycle(pool.workers()[0]?.id ?? 0), DEADLINE_MS, 'the worker is replaced')
}

async function untilDraining({ pool }: TestCluster): Promise<void> {
  await waitFor(() => pool.workers().some(({ state }) => state === 'draining'), DEADLINE_MS, 'the old worker drains')
}

const GENTLE = { drainTimeout: '5m' } as const

describe('attachWorker in a worker that drains', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-cluster-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  afterEach(stopCluster)

  it('answers a request that it has, with Connection: close', async () => {
    const cluster = await startCluster(1, {}, GENTLE)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const first = await get({ port: cluster.port, agent })
    const slow = get({ port: cluster.port, agent, path: '/?ms=1500' })
    const outcome = recycleOnly(cluster)
    const { body, headers } = await within(slow, DEADLINE_MS, 'the request is answered')
    assert.equal(body, first.body)
    assert.equal(headers.connection, 'close')
    assert.equal((await outcome).status, 'done')
    assert.notEqual((await get({ port: cluster.port, agent })).body, first.body)
    agent.destroy()
  })

  it('answers the next request of an idle keep-alive connection, with Connection: close', async () => {
    const cluster = await startCluster(1, { APP_KEEP_ALIVE: '60000' }, GENTLE)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const first = await get({ port: cluster.port, agent })
    const outcome = recycleOnly(cluster)
    await untilDraining(cluster)
    const second = await get({ port: cluster.port, agent })
    assert.equal(second.body, first.body, 'the old worker has answered')
    assert.ok(second.reused)
    assert.equal(second.headers.connection, 'close')
    assert.equal((await outcome).status, 'done')
    agent.destroy()
  })

  it('overrules an application that insists on Connection: keep-alive', async () => {
    const cluster = await startCluster(1, { APP_SERVER: 'stubborn', APP_KEEP_ALIVE: '60000' }, GENTLE)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    assert.equal((await get({ port: cluster.port, agent })).headers.connection, 'keep-alive')
    const outcome = recycleOnly(cluster)
    await untilDraining(cluster)
    assert.equal((await get({ port: cluster.port, agent })).headers.connection, 'close')
    assert.equal((await outcome).status, 'done')
    agent.destroy()
  })

  it('serves a connection that was accepted and has not asked yet, and one whose request has come in by half', async () => {
    const cluster = await startCluster(1, { APP_KEEP_ALIVE: '60000' }, GENTLE)
    const silent = await connect(cluster.port)
    const half = await connect(cluster.port)
    half.write('GET / HTTP/1.1\r\nHos')
    const first = await get({ port: cluster.port, agent: new http.Agent() }) // behind the others in the primary's queue
    const outcome = recycleOnly(cluster)
    await untilDraining(cluster)
    half.write('t: app\r\n\r\n')
    silent.write('GET / HTTP/1.1\r\nHost: app\r\n\r\n')
    for (const socket of [half, silent]) {
      const text = await within(readAll(socket), DEADLINE_MS, 'the connection is answered and ended')
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
      assert.match(text, /\r\nConnection: close\r\n/)
      assert.ok(text.endsWith(`\r\n${first.body}\r\n0\r\n\r\n`) || text.endsWith(`\r\n\r\n${first.body}`))
    }
    assert.equal((await outcome).status, 'done')
  })

  it('answers all of the pipelined requests that it has', async () => {
    const cluster = await startCluster(1, {}, GENTLE)
    const socket = await connect(cluster.port)
    socket.write('GET /?ms=1500 HTTP/1.1\r\nHost: app\r\n\r\n'.repeat(5))
    await get({ port: cluster.port, agent: new http.Agent() })
    const outcome = recycleOnly(cluster)
    const text = await within(readAll(socket), DEADLINE_MS, 'the connection is answered and ended')
    assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 5)
    assert.equal(text.match(/Connection: close/g)?.length, 1)
    assert.equal((await outcome).status, 'done')
  })

  it('does not cut off a client that still sends a body to a response that it has', async () => {
    const cluster = await startCluster(1, {}, GENTLE)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const first = await get({ port: cluster.port, agent })
    const outcome = recycleOnly(cluster)
    await untilDraining(cluster)
    const size = 20_000_000
    const early = await post({ port: cluster.port, agent, path: '/upload' }, Buffer.alloc(size))
    assert.equal(early.body, first.body, 'the old worker has answered')
    const whole = await post({ port: cluster.port, agent, path: '/echo' }, Buffer.alloc(size))
    assert.equal(whole.body, String(size))
    assert.equal(whole.headers.connection, 'close')
    assert.equal((await outcome).status, 'done')
    agent.destroy()
  })

  it('closes connections that stay idle, after closeIdleAfter', async () => {
    const cluster = await startCluster(1, { APP_KEEP_ALIVE: '0', APP_CLOSE_IDLE: '300ms' }, GENTLE)
    const agent = new http.Agent({ keepAlive: true })
    await get({ port: cluster.port, agent })
    const unused = await connect(cluster.port)
    const closed = once(unused, 'close')
    assert.equal((await recycleOnly(cluster)).status, 'done')
    await within(closed, DEADLINE_MS, 'the unused connection is closed')
    agent.destroy()
  })

  it('closes connections over TLS that stay idle, too', async function () {
    const env = { APP_SERVER: 'https', APP_CLOSE_IDLE: '300ms', APP_KEEP_ALIVE: '600000', ...certificate(this, folder) }
    const cluster = await startCluster(1, env, GENTLE)
    const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false })
    await get({ port: cluster.port, agent, secure: true })
    const unused = tls.connect({ port: cluster.port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(unused, 'secureConnect')
    assert.equal((await recycleOnly(cluster)).status, 'done')
    agent.destroy()
    unused.destroy()
  })

  it('closes idle connections before the drain is over, however long their server would keep them', async () => {
    const cluster = await startCluster(1, { APP_KEEP_ALIVE: '600000' }, { drainTimeout: '2s' })
    const agent = new http.Agent({ keepAlive: true })
    await get({ port: cluster.port, agent })
    assert.equal((await recycleOnly(cluster)).status, 'done')
    assert.ok(!cluster.names().includes('forced'))
    agent.destroy()
  })

  it('has onDrain end server-sent events and upgraded connections, and waits for it', async () => {
    const cluster = await startCluster(1, { APP_HOOK_MS: '200' }, GENTLE)
    const socket = await connect(cluster.port)
    socket.write('GET / HTTP/1.1\r\nHost: app\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    let text = ''
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    const ended = once(socket, 'end')
    const response = await new Promise<http.IncomingMessage>((resolve) => {
      http.get({ port: cluster.port, host: '127.0.0.1', path: '/sse' }, resolve)
    })
    const events = readAll(response)
    await waitFor(() => text.includes('101 Switching'), DEADLINE_MS, 'the connection is upgraded')
    socket.write('ping')
    await waitFor(() => text.endsWith('ping'), DEADLINE_MS, 'the connection echoes')
    assert.equal((await recycleOnly(cluster)).status, 'done')
    await within(ended, DEADLINE_MS, 'the upgraded connection ends')
    assert.ok(text.endsWith('pinggoodbye'))
    assert.equal(await events, 'data: hello\n\ndata: goodbye\n\n')
    assert.ok(!cluster.names().includes('forced'))
  })

  it('is sent SIGTERM when something keeps it running after it has drained', async () => {
    const cluster = await startCluster(1, { APP_EXIT: 'stay' }, { ...GENTLE, exitGrace: '200ms' })
    assert.equal((await recycleOnly(cluster)).status, 'done')
    const forced = cluster.events.find(({ name }) => name === 'forced')?.payload as { signal: string }
    assert.equal(forced.signal, 'SIGTERM')
  })

  it('drains over a unix socket', async () => {
    const path = join(folder, 'socket')
    const cluster = await startCluster(1, { APP_LISTEN: path }, GENTLE)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const first = await get({ socketPath: path, agent })
    const outcome = recycleOnly(cluster)
    await untilDraining(cluster)
    assert.equal((await get({ socketPath: path, agent })).body, first.body)
    assert.equal((await outcome).status, 'done')
    assert.notEqual((await get({ socketPath: path, agent })).body, first.body)
    agent.destroy()
  })

  it('drains over TLS', async function () {
    const cluster = await startCluster(1, { APP_SERVER: 'https', ...certificate(this, folder) }, GENTLE)
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
    const first = await get({ port: cluster.port, agent, secure: true })
    const slow = get({ port: cluster.port, agent, path: '/?ms=1500', secure: true })
    const outcome = recycleOnly(cluster)
    assert.deepEqual([(await slow).body, (await slow).headers.connection], [first.body, 'close'])
    assert.equal((await outcome).status, 'done')
    agent.destroy()
  })

  for (const kind of ['h2c', 'http2'] as const) {
    it(`ends HTTP/2 sessions (${kind}) without losing a stream`, async function () {
      const cluster = await startCluster(1, { APP_SERVER: kind, ...(kind === 'http2' ? certificate(this, folder) : {}) }, GENTLE)
      const url = `http${kind === 'http2' ? 's' : ''}://127.0.0.1:${cluster.port}`
      const session = http2.connect(url, { rejectUnauthorized: false })
      const first = await stream(session, '/')
      let outcome: Promise<RollOutcome> | undefined
      const answers: Promise<string | undefined>[] = []
      // New streams as long as the session takes them: each of these must be answered.
      while (!session.closed && !session.destroyed) {
        answers.push(stream(session, '/?ms=30'))
        outcome ??= recycleOnly(cluster)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      const all = await within(Promise.all(answers), DEADLINE_MS, 'all streams end')
      // Node's client itself refuses requests that wait to be sent when it reads of the session's end: the last ones, of one turn.
      while (all.length > 1 && all.at(-1) === undefined) all.pop()
      assert.deepEqual([...new Set(all)], [first])
      assert.ok(answers.length > 1)
      assert.equal((await outcome)?.status, 'done')
    })
  }

  it('reports how many requests it has served, and its heap', async () => {
    const cluster = await startCluster(1)
    for (let i = 0; i < 7; i++) await get({ port: cluster.port, agent: new http.Agent() })
    const report = () => cluster.pool.workers()[0]?.report
    await waitFor(() => report()?.requests === 7, DEADLINE_MS, 'the report counts 7 requests')
    assert.ok((report()?.heap.usedHeapSize ?? 0) > 1_000_000)
  })
})

describe('attachWorker', () => {
  it('does nothing in a process that is no worker, and says so', () => {
    const half = attachWorker()
    assert.equal(half.attached, false)
    assert.equal(half.draining, false)
    half.ready()
    half.close()
  })

  const mistakes: [unknown, RegExp][] = [
    [{ server: [] }, /unknown option "server" of attachWorker: did you mean "servers"\?/],
    [{ ready: 'manuel' }, /"ready" must be 'listening' or 'manual', got 'manuel'; did you mean 'manual'\?/],
    [{ onDrain: 5 }, /"onDrain" must be a function, got 5/],
    [{ servers: 5 }, /"servers" must be an array of servers, got 5/],
    [{ servers: [{}] }, /"servers" must be servers of node:http, https, http2 or net, got an object/],
    [{ servers: [undefined] }, /"servers" must be servers .*, got undefined/],
    [{ closeIdleAfter: '5 minutes' }, /"closeIdleAfter" must be a number of milliseconds or a string such as '30s', got '5 minutes'/],
  ]
  for (const [options, message] of mistakes) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => attachWorker(options as never), { name: 'TypeError', message })
    })
  }
})

interface Asked {
  readonly port?: number
  readonly socketPath?: string
  readonly agent: http.Agent
  readonly path?: string
  readonly secure?: boolean
}

interface Answer {
  readonly body: string
  readonly headers: http.IncomingHttpHeaders
  readonly reused: boolean
}

function get(asked: Asked): Promise<Answer> {
  return ask(asked, 'GET')
}

function post(asked: Asked, body: Buffer): Promise<Answer> {
  return ask(asked, 'POST', body)
}

async function ask({ secure = false, ...options }: Asked, method: string, body?: Buffer): Promise<Answer> {
  const headers = body ? { 'Content-Length': String(body.length) } : {}
  const request = (secure ? https : http).request({ host: '127.0.0.1', method, headers, ...options })
  request.end(body)
  const [response] = await within(once(request, 'response'), DEADLINE_MS, `${method} ${options.path ?? '/'} is answered`) as [http.IncomingMessage]
  if (body) await waitFor(() => request.writableFinished, DEADLINE_MS, 'the body is sent')
  return { body: await readAll(response), headers: response.headers, reused: request.reusedSocket }
}

async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

async function readAll(source: net.Socket | http.IncomingMessage): Promise<string> {
  let text = ''
  source.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  await once(source, 'end')
  return text
}

/** The answer; undefined for a request that was refused, and so was not looked at by anybody. */
function stream(session: http2.ClientHttp2Session, path: string): Promise<string | undefined> {
  const request = session.request({ ':path': path })
  let text = ''
  request.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  return new Promise((resolve, reject) => {
    request.once('error', (error) => error.message.includes('NGHTTP2_REFUSED_STREAM') ? resolve(undefined) : reject(error))
    request.once('end', () => resolve(request.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM ? undefined : text))
  })
}
