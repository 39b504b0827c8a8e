import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { createConnection, Server, type Socket } from 'node:net'
import {
  connectToSupervisor, ControlServer, parseProcessMessage, parseSupervisorMessage, removeIfDeserted, type Hello, type ProcessConnection,
  type ProcessMessage, type SupervisorMessage,
} from '../../src/mold/control/index.ts'
import { JsonLines } from '../../src/mold/control/lines.ts'
import { waitFor, within } from '../support/wait_for.ts'

const DEADLINE_MS = 1000 * 10
const HEAP = { usedHeapSize: 1, totalHeapSize: 2, heapSizeLimit: 3, externalMemory: 4, mallocedMemory: 5 }
const HELLO = { type: 'hello', token: 't', role: 'worker', id: 1, slot: 0, generation: 2, pid: 3 } as const

describe('messages of the control socket', () => {
  const ofProcesses: readonly ProcessMessage[] = [
    HELLO, { type: 'loaded' }, { type: 'forked', id: 1, pid: 2 }, { type: 'forkFailed', id: 1, reason: 'so' },
    { type: 'ready' }, { type: 'report', requests: 5, heap: HEAP, unsafe: ['a thread'] }, { type: 'drained' }, { type: 'promoted' },
    { type: 'checked', problems: [] }, { type: 'failed', reason: 'so' }, { type: 'stage', stage: 'so' }, { type: 'warning', warning: 'so' },
  ]
  const ofSupervisors: readonly SupervisorMessage[] = [
    { type: 'welcome', reportEveryMs: 1 }, { type: 'fork', id: 1, slot: 2, generation: 3, role: 'canary', timeoutMs: 7.5 }, { type: 'drain', timeoutMs: 0 },
    { type: 'promote', generation: 1, timeoutMs: 5 }, { type: 'exit' },
  ]

  for (const message of ofProcesses) {
    it(`takes ${message.type} of a process as it is, and without what does not belong to it`, () => {
      assert.deepEqual(parseProcessMessage(JSON.parse(JSON.stringify({ ...message, more: 1 }))), message)
    })
    for (const field of Object.keys(message).filter((name) => name !== 'type')) {
      it(`drops ${message.type} with a bad ${field}`, () => {
        for (const bad of [undefined, null, -1, 1.5, 'x'.repeat(5000), {}, [1], NaN]) {
          const isText = field === 'token' && typeof bad === 'string'
          if (!isText) assert.equal(parseProcessMessage({ ...message, [field]: bad }), undefined, JSON.stringify(bad))
        }
      })
    }
  }

  for (const message of ofSupervisors) {
    it(`takes ${message.type} of the supervisor as it is`, () => {
      assert.deepEqual(parseSupervisorMessage(JSON.parse(JSON.stringify({ ...message, more: 1 }))), message)
    })
  }

  it('drops what is no message', () => {
    for (const value of [undefined, null, 1, 'ready', [], {}, { type: 1 }, { type: 'toString' }, { type: '__proto__' }, { type: 'exit!' }]) {
      assert.equal(parseProcessMessage(value), undefined)
      assert.equal(parseSupervisorMessage(value), undefined)
    }
  })
})

describe('lines of the control socket', () => {
  it('come out whole, however they are cut', () => {
    const text = '{"a":"ä"}\n\n[1]\nnonsense\n{"b":2}\n{"half'
    for (let size = 1; size <= text.length; size++) {
      const lines = new JsonLines()
      const values: unknown[] = []
      for (let at = 0; at < text.length; at += size) values.push(...lines.take(text.slice(at, at + size)))
      assert.deepEqual(values, [{ a: 'ä' }, undefined, [1], undefined, { b: 2 }])
    }
  })

  it('are refused when they do not end', () => {
    const lines = new JsonLines()
    assert.throws(() => {
      for (let i = 0; i < 2000; i++) lines.take('x'.repeat(1024))
    }, /a line of more than 1048576 characters/)
  })
})

describe('the control socket', () => {
  let control: ControlServer
  const greeted: { connection: ProcessConnection; hello: Hello }[] = []
  const sockets: Socket[] = []
  const errors: string[] = []

  beforeEach(async () => {
    greeted.length = 0
    errors.length = 0
    control = await ControlServer.listen((connection, hello) => greeted.push({ connection, hello }), ({ message }) => errors.push(message))
  })

  afterEach(() => {
    for (const { connection } of greeted) connection.close()
    for (const socket of sockets.splice(0)) socket.destroy()
    control.close()
    assert.equal(existsSync(control.folder), false)
  })

  it('is in a folder of its user alone', () => {
    assert.equal(statSync(control.folder).mode & 0o777, 0o700)
  })

  it('carries messages both ways, and tells of the end', async () => {
    const heard: SupervisorMessage[] = []
    let closed = 0
    const client = await connectToSupervisor(control.path, { ...HELLO, token: control.token }, {
      message: (message) => heard.push(message), closed: () => closed++,
    })
    await waitFor(() => greeted.length === 1, DEADLINE_MS, 'the hello comes')
    const [{ connection, hello }] = greeted as [{ connection: ProcessConnection; hello: Hello }]
    assert.equal(hello.pid, 3)
    const said: ProcessMessage[] = []
    let ended = false
    connection.listener = { message: (message) => said.push(message), closed: () => (ended = true) }
    client.send({ type: 'ready' })
    client.send({ type: 'drained' })
    connection.send({ type: 'exit' })
    await waitFor(() => said.length === 2 && heard.length === 1, DEADLINE_MS, 'the messages come')
    assert.ok((client.descriptor ?? 0) > 2)
    client.close()
    await waitFor(() => ended, DEADLINE_MS, 'the supervisor is told of the end')
    assert.equal(closed, 0, 'who closes it is not told')
    assert.equal(connection.isOpen, false)
  })

  for (const [who, first] of [
    ['has another token', `${JSON.stringify({ ...HELLO, token: 'x'.repeat(64) })}\n`],
    ['says something else first', '{"type":"ready"}\n'],
    ['never ends a line', 'x'.repeat(2 ** 21)],
  ] as const) {
    it(`turns away who ${who}`, async () => {
      const socket = createConnection(control.path)
      sockets.push(socket)
      socket.on('error', () => undefined)
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      socket.resume().write(first)
      await within(closed, DEADLINE_MS, 'the socket is closed')
      assert.equal(greeted.length, 0)
    })
  }

  it('tells of each connection that cannot be accepted', () => {
    const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): unknown[] }
    const server = handles().find((handle): handle is Server => handle instanceof Server && handle.address() === control.path)
    // As net.Server does when accept(2) fails.
    for (const code of ['EMFILE', 'ENFILE']) server?.emit('error', new Error(`accept ${code}`))
    assert.deepEqual(errors, ['accept EMFILE', 'accept ENFILE'])
  })

  it('is removed by others only when nobody listens any more', async () => {
    await removeIfDeserted(control.path)
    assert.ok(existsSync(control.path))
  })
})
