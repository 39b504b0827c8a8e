import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { pbkdf2 } from 'node:crypto'
import { lookup } from 'node:dns'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import fs, { closeSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import inspector from 'node:inspector'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { connect, createServer, Socket, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { checkForkSafety, markForkUnsafe, prepareForFork, type ForkHazard, type ForkHazardKind } from '../../src/fork/index.ts'
import { listDescriptors, socketInode } from '../../src/fork/descriptors.ts'
import { duplicateDescriptor } from '../../src/mold/index.ts'
import { waitFor } from '../support/wait_for.ts'
import { needsForks } from './support/run_program.ts'

const DEADLINE_MS = 1000 * 20

describe('checkForkSafety', () => {
  let inherited: ForkHazard[]

  before(async function () {
    needsForks(this)
    prepareForFork()
    // What runs the tests has a channel to them, and perhaps reads a file just now.
    await waitFor(() => of('request').length === 0, DEADLINE_MS, 'nothing is under way')
    inherited = checkForkSafety()
  })

  /** What has come since. */
  const hazards = (allowedDescriptors: readonly number[] = []): ForkHazard[] => {
    const known = new Set(inherited.map(({ text }) => text))
    return checkForkSafety({ allowedDescriptors }).filter(({ text }) => !known.has(text))
  }
  const of = (kind: ForkHazardKind): ForkHazard[] => checkForkSafety().filter((hazard) => hazard.kind === kind)

  it('names the connections of TCP and their peers, but not sockets that listen', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer().listen(0, host)
      try {
        await once(server, 'listening')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL') continue
        throw error
      }
      assert.deepEqual(hazards(), [])
      const { port } = server.address() as AddressInfo
      const [client, served] = await connectTo(server, () => connect(port, host))
      const shown = host.includes(':') ? `[${host}]` : host
      const texts = hazards().map(({ text }) => text.replace(/descriptor \d+/, 'a descriptor').replace(/, opened at .*/, '')).sort()
      assert.deepEqual(texts, [`a descriptor is a tcp connection to ${shown}:${client.localPort}`, `a descriptor is a tcp connection to ${shown}:${port}`].sort())
      await closeAll(server, client, served)
    }
    assert.deepEqual(hazards(), [])
  })

  it('tells where a connection was opened: outside of libraries, or in one when nothing else is left', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const folder = mkdtempSync(join(tmpdir(), 'smem-ts-origins-'))
    const library = join(folder, 'node_modules', 'driver', 'index.cjs')
    mkdirSync(dirname(library), { recursive: true })
    writeFileSync(library, `const { Socket } = require('node:net')
      exports.open = (port) => new Socket().connect(port, '127.0.0.1')
      exports.openLater = (port) => new Promise((resolve) => process.nextTick(() => resolve(exports.open(port))))`)
    const driver = createRequire(import.meta.url)(library) as { open(to: number): Socket; openLater(to: number): Promise<Socket> }
    const originOf = (socket: Socket): string => {
      const text = hazards().map((hazard) => hazard.text).find((line) => line.includes(`127.0.0.1:${port}, opened at `)) ?? ''
      socket.destroy()
      return text.replace(/.*, opened at /, '')
    }
    const clients = [driver.open(port)]
    await once(clients[0] ?? server, 'connect')
    assert.match(originOf(clients[0] ?? new Socket()), /test\/fork\/fork_safety\.test\.ts:\d+:\d+$/)
    const late = await driver.openLater(port)
    await once(late, 'connect')
    assert.match(originOf(late), new RegExp(`^${library}:\\d+:\\d+$`))
    await closeAll(server)
    rmSync(folder, { recursive: true })
    await waitFor(() => hazards().length === 0, DEADLINE_MS, 'the connections are gone')
  })

  it('does not read the tables of connections when there are only sockets that are allowed, by any descriptor', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const sockets = listDescriptors().filter((descriptor) => socketInode(descriptor) !== undefined).map(({ fd }) => fd)
    const own = (server as Server & { readonly _handle: { readonly fd: number } })._handle.fd
    const duplicate = duplicateDescriptor(own)
    const { readFileSync } = fs
    const tables: string[] = []
    fs.readFileSync = ((path: string, ...rest: unknown[]) => {
      if (String(path).startsWith('/proc/self/net/')) tables.push(path)
      return Reflect.apply(readFileSync, fs, [path, ...rest]) as unknown
    }) as typeof readFileSync
    syncBuiltinESMExports()
    try {
      checkForkSafety({ allowedDescriptors: sockets })
      assert.deepEqual(tables, [])
      checkForkSafety({ allowedDescriptors: sockets.filter((fd) => fd !== own) })
      assert.ok(tables.length > 0, 'they are read for one that is not allowed')
    } finally {
      fs.readFileSync = readFileSync
      syncBuiltinESMExports()
      closeSync(duplicate)
      await closeAll(server)
    }
  })

  it('names connections of Unix sockets, and leaves out descriptors that are allowed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'smem-ts-safety-'))
    const path = join(folder, 'socket')
    const server = createServer().listen(path)
    await once(server, 'listening')
    assert.deepEqual(hazards(), [])
    const [client, served] = await connectTo(server, () => connect(path))
    const found = hazards()
    assert.deepEqual(found.map(({ kind }) => kind), ['connection', 'connection'])
    assert.match(found.map(({ text }) => text).join('\n'), new RegExp(`unix connection to ${path}`))
    assert.deepEqual(hazards(found.map(({ descriptor }) => descriptor ?? -1)), [])
    await closeAll(server, client, served)
    rmSync(folder, { recursive: true })
  })

  it('sees requests of the file system, of name resolution and of crypto', async () => {
    const pending: [string, Promise<unknown>][] = [
      ['a file', readFile('/proc/self/maps')],
      ['a name', new Promise((resolve) => lookup('localhost', resolve))],
      ['a hash', new Promise((resolve) => pbkdf2('password', 'salt', 100_000, 32, 'sha256', resolve))],
    ]
    assert.match(of('request')[0]?.text ?? '', /^3 requests are under way: /)
    await Promise.all(pending.map(([, promise]) => promise))
    await waitFor(() => of('request').length === 0, DEADLINE_MS, 'nothing is under way any more')
    const hash = new Promise((resolve) => pbkdf2('password', 'salt', 100_000, 32, 'sha256', resolve))
    assert.equal(of('request')[0]?.text, '1 request is under way: such as crypto or zlib')
    await hash
  })

  it('sees child processes, until they have been reaped', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' })
    await once(child, 'spawn')
    assert.ok(hazards().some(({ kind }) => kind === 'child-process'))
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.ok(!hazards().some(({ kind, text }) => kind === 'child-process' && text.includes(String(child.pid))))
  })

  it('sees worker threads, until they have ended', async () => {
    const worker = new Worker('setInterval(() => undefined, 1000)', { eval: true, execArgv: [] })
    await once(worker, 'online')
    assert.ok(hazards().some(({ kind, text }) => kind === 'worker-thread' && text === `worker thread ${worker.threadId} is running`))
    await worker.terminate()
    assert.ok(!hazards().some(({ kind }) => kind === 'worker-thread'))
  })

  it('sees the inspector', function () {
    if (inspector.url() !== undefined) return this.skip()
    inspector.open(0, '127.0.0.1')
    try {
      assert.match(of('inspector')[0]?.text ?? '', /^the inspector listens on ws:/)
    } finally {
      inspector.close()
    }
    assert.deepEqual(of('inspector'), [])
  })

  it('repeats the reasons of libraries until each is taken back', () => {
    const removeFirst = markForkUnsafe('the driver has a thread\x1b[2J')
    const removeSecond = markForkUnsafe('another reason')
    assert.deepEqual(of('marked').map(({ text }) => text), ['the driver has a thread\\x1b[2J', 'another reason'])
    removeFirst()
    removeFirst()
    assert.deepEqual(of('marked').map(({ text }) => text), ['another reason'])
    removeSecond()
    assert.deepEqual(of('marked'), [])
  })

  it('refuses options that are none, and marks without a reason', () => {
    assert.throws(() => checkForkSafety({ allowed: [] } as object), /unknown option "allowed" of checkForkSafety/)
    assert.throws(() => markForkUnsafe(''), { name: 'TypeError', message: "\"reason\" must be a string that is not empty, got ''" })
  })
})

async function connectTo(server: Server, open: () => Socket): Promise<[Socket, Socket]> {
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = open()
  await once(client, 'connect')
  const [served] = await accepted
  return [client, served]
}

async function closeAll(server: Server, ...sockets: Socket[]): Promise<void> {
  const closed = sockets.map((socket) => once(socket, 'close'))
  for (const socket of sockets) socket.destroy()
  await Promise.all([...closed, new Promise((resolve) => server.close(resolve))])
}
