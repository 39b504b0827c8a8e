import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duplicateDescriptor, listenSocket, type ListenTarget } from '../../src/mold/index.ts'
import { stopListening } from '../../src/mold/sockets.ts'
import { isNative } from '../support/backends.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { skip } from '../support/skip.ts'

describe('listenSocket', () => {
  let folder: string
  before(function () {
    if (!isNative()) skip(this, 'sockets need the addon')
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-sockets-'))
  })
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  it('listens on a free port of every address, and a server in any process can accept from it', async () => {
    const before = countDescriptors()
    using socket = listenSocket({ port: 0 })
    assert.ok((socket.port ?? 0) > 0)
    assert.equal(socket.path, undefined)
    await answers(socket.fd, () => connect(socket.port ?? 0, '127.0.0.1'))
    socket.close()
    socket.close()
    // What tests before this one left may close meanwhile.
    assert.ok(countDescriptors() <= before, `${countDescriptors()} descriptors, ${before} before`)
  })

  it('listens for both families where there are both', async function () {
    if (!existsSync('/proc/self/net/if_inet6') || readFileSync('/proc/self/net/if_inet6', 'utf8') === '') skip(this, 'this machine has no IPv6')
    using socket = listenSocket({ port: 0 })
    await answers(socket.fd, () => connect(socket.port ?? 0, '::1'))
    using explicit = listenSocket({ port: 0, host: '::' })
    await answers(explicit.fd, () => connect(explicit.port ?? 0, '127.0.0.1'))
  })

  it('listens on one address', async () => {
    using socket = listenSocket({ port: 0, host: '127.0.0.1', backlog: 16 })
    await answers(socket.fd, () => connect(socket.port ?? 0, '127.0.0.1'))
  })

  it('says who has the port', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    assert.throws(() => listenSocket({ port, host: '127.0.0.1' }), {
      code: 'EADDRINUSE', syscall: 'listen',
      message: `cannot listen on 127.0.0.1, port ${port}: EADDRINUSE (another process listens there)`,
    })
    server.close()
    assert.throws(() => listenSocket({ port: 0, host: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' })
  })

  it('listens on a path, and takes the place of a file that nobody listens on', async () => {
    const path = join(folder, 'socket')
    const first = listenSocket({ path })
    await answers(first.fd, () => connect(path))
    assert.throws(() => listenSocket({ path }), { code: 'EADDRINUSE' })
    first.close()
    using second = listenSocket({ path })
    assert.deepEqual([second.path, second.port], [path, undefined])
    await answers(second.fd, () => connect(path))
  })

  it('leaves files alone that are no sockets', () => {
    const path = join(folder, 'file')
    writeFileSync(path, 'content')
    assert.throws(() => listenSocket({ path }), {
      code: 'EADDRINUSE', syscall: 'listen',
      message: `cannot listen on ${path}: EADDRINUSE (a file is there, and no socket: remove it if nobody needs it, or give another path)`,
    })
    assert.equal(readFileSync(path, 'utf8'), 'content')
    assert.throws(() => listenSocket({ path: folder }), {
      code: 'EADDRINUSE', message: `cannot listen on ${folder}: EADDRINUSE (that is a directory: name a file in it, which need not be there)`,
    })
    assert.throws(() => listenSocket({ path: `/${'x'.repeat(107)}` }), { code: 'ENAMETOOLONG' })
    assert.throws(() => listenSocket({ path: join(folder, 'nowhere', 'socket') }), { code: 'ENOENT' })
  })

  it('refuses what is no place to listen', () => {
    const refuses = (target: object, message: RegExp): void => {
      assert.throws(() => listenSocket(target as ListenTarget), (error: Error) => error instanceof TypeError && message.test(error.message))
    }
    refuses({}, /"port" must be an integer from 0 to 65535, got undefined/)
    refuses({ port: 70_000 }, /"port" must be/)
    refuses({ port: 1, host: 'localhost' }, /"host" must be an IP address such as '127.0.0.1' or '::', got 'localhost'/)
    refuses({ port: 1, path: '/x' }, /exclude each other/)
    refuses({ path: '' }, /"path" must be a path/)
    refuses({ port: 1, backlog: 0 }, /"backlog" must be/)
    refuses({ prot: 1 }, /did you mean "port"/)
  })

  it('gives a descriptor that can be duplicated, so that closing a server does not lose the socket', async () => {
    using socket = listenSocket({ port: 0, host: '127.0.0.1' })
    for (let i = 0; i < 3; i++) await answers(duplicateDescriptor(socket.fd), () => connect(socket.port ?? 0, '127.0.0.1'))
    assert.throws(() => duplicateDescriptor(99_999), { code: 'EBADF', syscall: 'fcntl' })
  })

  it('takes no new connections when it is stopped, by any descriptor, and another can listen there while it is open', async () => {
    for (const target of [{ port: 0, host: '127.0.0.1' }, { path: join(folder, 'stopped') }]) {
      using socket = listenSocket(target)
      const duplicate = duplicateDescriptor(socket.fd)
      const open = (): ReturnType<typeof connect> => (socket.path === undefined ? connect(socket.port ?? 0, '127.0.0.1') : connect(socket.path))
      await answers(duplicateDescriptor(socket.fd), open)
      if (socket.path === undefined) await socket.stop()
      else stopListening(duplicate)
      assert.equal(await errorOf(open()), 'ECONNREFUSED')
      using next = listenSocket(socket.path === undefined ? { port: socket.port ?? 0, host: '127.0.0.1' } : { path: socket.path })
      await answers(next.fd, open)
      await socket.stop()
      closeSync(duplicate)
    }
    assert.throws(() => stopListening(99_999), { code: 'EBADF', syscall: 'shutdown' })
  })

  it('waits for those that wait to be accepted, and resets what nobody accepts', async () => {
    for (const isAccepted of [true, false]) {
      using socket = listenSocket({ port: 0, host: '127.0.0.1' })
      const client = connect(socket.port ?? 0, '127.0.0.1')
      await once(client, 'connect')
      const ended = isAccepted ? once(client, 'data') : errorOf(client)
      const stopped = socket.stop()
      if (isAccepted) {
        const server = createServer((served) => served.end('hello')).listen({ fd: duplicateDescriptor(socket.fd) })
        await stopped
        assert.equal(String(await ended), 'hello')
        server.close()
      } else {
        await stopped
        assert.equal(await ended, 'ECONNRESET')
      }
      client.destroy()
    }
  })

  it('is closed on exec', () => {
    using socket = listenSocket({ port: 0 })
    for (const fd of [socket.fd, duplicateDescriptor(socket.fd)]) {
      assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'), /flags:\t02/)
    }
  })
})

function errorOf(socket: ReturnType<typeof connect>): Promise<string | undefined> {
  return new Promise((resolve) => socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code)))
}

/** Accepts one connection in a server of the descriptor, which closes that with the server, and exchanges a word. */
async function answers(fd: number, open: () => ReturnType<typeof connect>): Promise<void> {
  const server = createServer((served) => served.end('hello')).listen({ fd: duplicateDescriptor(fd) })
  await once(server, 'listening')
  const client = open()
  const [data] = await once(client, 'data') as [Buffer]
  assert.equal(data.toString(), 'hello')
  client.destroy()
  await new Promise((resolve) => server.close(resolve))
}
