/**
 * No request is lost while workers are replaced. A short run by default; SMEM_TS_LOAD='requests recycles rolls' makes it longer:
 * `npm run test:load` is the run of which the README tells.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { PrimaryProcess, stopPrimaries } from '../support/primary_process.ts'
import { runLoad, type LoadOptions, type LoadResult } from '../support/load_client.ts'

const [REQUESTS = 5000, RECYCLES = 3, ROLLS = 1] = (process.env['SMEM_TS_LOAD'] ?? '').split(' ').filter(Boolean).map(Number)
const WORKERS = 4
const DEADLINE_MS = 1000 * 60 * 15

describe(`a cluster under load of ${REQUESTS} requests, ${RECYCLES} recycles and ${ROLLS} rolls`, () => {
  afterEach(stopPrimaries)

  for (const policy of ['rr', 'none'] as const) {
    it(`loses none, with the scheduling policy ${policy}`, async function () {
      this.timeout(DEADLINE_MS)
      const primary = await PrimaryProcess.start({ size: WORKERS, primaryEnv: { NODE_CLUSTER_SCHED_POLICY: policy } })
      const stop = new AbortController()
      const { signal } = stop
      const timer = setTimeout(() => stop.abort(), DEADLINE_MS).unref()
      const common = { port: primary.port, signal }
      const loads: LoadOptions[] = [
        { ...common, keepAlive: true, concurrency: 8 },
        { ...common, keepAlive: false, concurrency: 8 },
        { ...common, keepAlive: true, concurrency: 8, path: '/?ms=20' },
        { ...common, keepAlive: false, concurrency: 8, path: '/?ms=20' },
      ]
      const total: LoadResult[] = []
      const running = loads.map((load) => runLoad(load, total))
      const wrk = REQUESTS > 5000 ? startWrk(primary.port) : undefined

      for (let i = 0; i < Math.max(RECYCLES, ROLLS); i++) {
        if (i < RECYCLES) assert.equal((await recycleOne(primary, i)).status, 'done')
        if (i < ROLLS) assert.equal((await primary.roll()).status, 'done')
      }
      while (total.reduce((sum, { requests }) => sum + requests, 0) < REQUESTS && !signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      stop.abort()
      await Promise.all(running)
      clearTimeout(timer)
      const report = await wrk?.stop()

      const requests = total.map((load) => load.requests)
      console.log(`      ${requests.join(' + ')} requests of our client; exits: ${primary.count('exit')}`)
      if (report) console.log(report.replace(/^/gm, '      '))
      for (const [place, { failures }] of total.entries()) {
        assert.deepEqual([...failures], [], `failures of load ${place}, ${JSON.stringify(loads[place]?.path ?? '/')}`)
      }
      assert.ok(requests.reduce((sum, count) => sum + count, 0) >= REQUESTS)
      assert.equal(primary.count('exit'), RECYCLES + ROLLS * WORKERS)
      assert.equal(primary.count('forced'), 0, 'all ended by themselves')
      if (report) assert.doesNotMatch(report, /Socket errors|Non-2xx/)
    })
  }
})

describe('the client of these tests', () => {
  it('counts each reset, hang-up, timeout, cut answer and bad status', async () => {
    const ways: ((socket: net.Socket) => void)[] = [
      (socket) => socket.resetAndDestroy(),
      (socket) => socket.end(),
      () => undefined,
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
      (socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'),
    ]
    let turn = 0
    const sockets = new Set<net.Socket>()
    const server = net.createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).once('data', () => ways[turn++ % ways.length]?.(socket))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const { failures, pids } = await runLoad({ port, keepAlive: false, concurrency: 1, requests: 10, timeoutMs: 200 })
    server.close()
    for (const socket of sockets) socket.destroy()
    assert.deepEqual([...pids], [])
    assert.deepEqual(Object.fromEntries(failures), {
      'ECONNRESET (fresh)': 4, 'timeout': 2, 'truncated': 2, 'status 503': 2,
    })
  })
})

async function recycleOne(primary: PrimaryProcess, turn: number): Promise<{ readonly status: string }> {
  const serving = await primary.serving()
  return primary.recycle(serving[turn % serving.length]?.id ?? 0)
}

/** A load of keep-alive connections that is not ours, where it is installed. */
function startWrk(port: number): { stop(): Promise<string> } | undefined {
  try {
    execFileSync('which', ['wrk'])
  } catch {
    console.log('      not tested with wrk: it is not installed')
    return undefined
  }
  const child = spawn('wrk', ['-t1', '-c4', '-d900s', '--timeout', '10s', `http://127.0.0.1:${port}/`], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  return {
    async stop() {
      const closed = once(child, 'close')
      child.kill('SIGINT')
      await closed
      return text
    },
  }
}
