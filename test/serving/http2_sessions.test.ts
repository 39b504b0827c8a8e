import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Http2Sessions } from '../../src/serving/http2_sessions.ts'

const { NGHTTP2_REFUSED_STREAM } = http2.constants

interface Asked {
  readonly status: 'answered' | 'refused' | 'failed'
  readonly reason: string
}

/** Asks one request after the other until the client hears that the session ends, `shutAfterMs` after the first. */
async function askUntilShut(shutAfterMs: number): Promise<{ readonly asked: readonly Asked[], readonly arrived: ReadonlySet<string> }> {
  const arrived = new Set<string>()
  const server = http2.createServer((request, response) => {
    arrived.add(request.url)
    setTimeout(() => response.end('x'), 3)
  }).listen(0, '127.0.0.1')
  const sessions = new Http2Sessions(server, () => undefined)
  await once(server, 'listening')
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  client.on('error', () => undefined)
  await once(client, 'connect')
  setTimeout(() => sessions.shut(), shutAfterMs)
  const asked: Asked[] = []
  while (!client.closed && !client.destroyed) asked.push(await ask(client, `/${asked.length}`))
  if (!client.destroyed) await once(client, 'close')
  sessions.close()
  server.close()
  return { asked, arrived }
}

function ask(client: http2.ClientHttp2Session, path: string): Promise<Asked> {
  const stream = client.request({ ':path': path })
  let reason = ''
  let status: Asked['status'] = 'failed'
  stream.on('error', (error) => { reason = error.message }).on('end', () => { if (reason === '') status = 'answered' }).resume()
  return new Promise((resolve) => stream.once('close', () => {
    resolve({ status: stream.rstCode === NGHTTP2_REFUSED_STREAM ? 'refused' : status, reason })
  }))
}

describe('an HTTP/2 session that is shut while requests come in', () => {
  it('answers each request that arrives, and those that the client refuses itself have never arrived', async () => {
    const rounds = await Promise.all(Array.from({ length: 30 }, (_, round) => askUntilShut(30 + round)))
    for (const { asked, arrived } of rounds) {
      assert.ok(arrived.size > 0, 'it was asked something')
      for (const [number, { status, reason }] of asked.entries()) {
        assert.equal(status, arrived.has(`/${number}`) ? 'answered' : 'refused', `request ${number} of ${asked.length}: ${reason}`)
      }
    }
  })
})
