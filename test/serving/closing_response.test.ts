import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeWithResponse } from '../../src/serving/closing_response.ts'

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void

const ways: Record<string, Handler> = {
  'end()': (_, response) => response.end(),
  'writeHead with an object': (_, response) => response.writeHead(200, { connection: 'keep-alive', 'keep-alive': 'timeout=5', 'X-Mark': 'x' }).end(),
  'writeHead with a reason and an object': (_, response) => response.writeHead(200, 'OK', { Connection: 'Keep-Alive' }).end(),
  'writeHead with a flat list': (_, response) => response.writeHead(200, ['X-Mark', 'connection', 'Connection', 'keep-alive']).end(),
  'setHeader': (_, response) => {
    response.setHeader('Connection', 'keep-alive')
    response.end('x')
  },
  'setHeader and writeHead': (_, response) => {
    response.setHeader('Connection', 'keep-alive')
    response.writeHead(200, { 'X-Mark': 'x' }).end()
  },
  'writeHead with pairs': (_, response) => {
    response.writeHead(200, [['X-Mark', 'connection'], ['Connection', 'keep-alive']] as never).end()
  },
  'writeHead with an empty list': (_, response) => response.writeHead(200, []).end(),
  'setHeader and writeHead with a flat list': (_, response) => {
    response.setHeader('Connection', 'keep-alive')
    response.writeHead(200, ['X-Mark', 'x']).end()
  },
  'write() in pieces': (_, response) => {
    response.write('a')
    response.end('b')
  },
  'a changed prototype': (_, response) => {
    Object.setPrototypeOf(response, Object.create(http.ServerResponse.prototype) as object)
    response.writeHead(200, { Connection: 'keep-alive' }).end()
  },
}

async function askFor(handler: Handler, mayClose: boolean): Promise<http.IncomingHttpHeaders> {
  const server = http.createServer((request, response) => {
    closeWithResponse(request, response, () => mayClose)
    handler(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new http.Agent({ keepAlive: true })
  const [response] = await once(http.get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent }), 'response') as [http.IncomingMessage]
  await once(response.resume(), 'end')
  agent.destroy()
  server.close()
  return response.headers
}

/** Without the header Node itself closes the connection when it does not keep it, and does not say so. */
const withoutHeader: Record<string, Handler> = {
  'end()': (_, response) => {
    response.removeHeader('Connection')
    response.end()
  },
  'setHeader': (_, response) => {
    response.removeHeader('Connection')
    response.setHeader('X-Mark', 'x')
    response.end('x')
  },
  'writeHead with a flat list': (_, response) => {
    response.removeHeader('connection')
    response.writeHead(200, ['X-Mark', 'x']).end()
  },
}

describe('closeWithResponse', () => {
  for (const [name, handler] of Object.entries(withoutHeader)) {
    it(`says Connection: close where the application has removed the header and answers by ${name}`, async () => {
      assert.equal((await askFor(handler, true)).connection, 'close')
    })
  }

  for (const [name, handler] of Object.entries(ways)) {
    it(`says Connection: close where the application answers by ${name}`, async () => {
      const { connection, 'keep-alive': kept, 'x-mark': mark } = await askFor(handler, true)
      assert.equal(connection, 'close')
      assert.equal(kept, undefined)
      if (mark !== undefined) assert.match(mark as string, /^(x|connection)$/)
    })

    it(`changes nothing of ${name} where the connection has more to answer`, async () => {
      assert.match((await askFor(handler, false)).connection ?? '', /^keep-alive$/i)
    })
  }
})
