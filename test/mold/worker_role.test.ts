import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo, type Server } from 'node:net'
import { WorkerRole } from '../../src/mold/process/worker_role.ts'
import { listenSocket } from '../../src/mold/sockets.ts'
import { isNative } from '../support/backends.ts'
import { skip } from '../support/skip.ts'

describe('a worker', () => {
  before(function () {
    if (!isNative()) skip(this, 'without the addon descriptors are not duplicated')
  })

  function makeWorker(sockets: readonly number[], close: () => unknown = () => undefined): WorkerRole {
    return new WorkerRole({
      identity: { role: 'worker', id: 1, slot: 0, generation: 0 }, app: { load: () => undefined, start: () => ({ close }) },
      loaded: undefined, sockets, backlogs: sockets.map(() => 1), closeIdleAfter: undefined, say: () => undefined,
    })
  }

  it('closes its application once, whoever asks', async () => {
    let closed = 0
    const worker = makeWorker([], async () => {
      closed++
      await new Promise((resolve) => setImmediate(resolve))
    })
    await worker.start()
    await worker.drain(1000)
    await Promise.all([worker.close(), worker.close()])
    await worker.close()
    assert.equal(closed, 1)
  })

  it('leaves a number alone that a server which failed to listen has closed, and another has got', async () => {
    const peers = net.createServer().listen(0, '127.0.0.1')
    await once(peers, 'listening')
    const { port } = peers.address() as AddressInfo
    // Connected: nobody can listen on it.
    const client = net.connect(port, '127.0.0.1')
    await once(client, 'connect')
    const { fd = 0 } = (client as unknown as { _handle: { fd?: number } })._handle
    const server = net.createServer()
    let other = 0
    server.once('error', () => (other = openSync('/dev/null', 'r')))
    await assert.rejects(makeWorker([fd]).listen(server), { code: 'EINVAL' })
    assert.ok(fstatSync(other).isCharacterDevice())
    closeSync(other)
    client.destroy()
    peers.close()
  })

  it('keeps no descriptor of a server that listens already', async () => {
    const socket = listenSocket({ port: 0, host: '127.0.0.1' })
    const worker = makeWorker([socket.fd])
    const server: Server = http.createServer()
    await worker.listen(server)
    const before = readdirSync('/proc/self/fd').length
    await assert.rejects(worker.listen(server), { code: 'ERR_SERVER_ALREADY_LISTEN' })
    assert.equal(readdirSync('/proc/self/fd').length, before)
    assert.equal(server.listenerCount('error'), 0)
    server.close()
    socket.close()
  })
})
