/**
 * The application of the tests' pools. What it does is told by files in APP_FOLDER, which tests write and remove while it runs, one
 * for each fault: `fail-load`, `fail-start`, `fail-close`, `fail-check`, `fail-<hook>`, `hang-start`, `hang-promote`, `unsafe`, `die-<step>`.
 */
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  afterFork, afterForkInParent, afterPromote, beforeFork, beforePromote, defineApp, markForkUnsafe,
} from '../../../src/mold.ts'

const folder = process.env['APP_FOLDER'] ?? '/nonexistent'

async function step(name: string): Promise<void> {
  if (existsSync(join(folder, `fail-${name}`))) throw new Error(`the test has ${name} fail`)
  if (existsSync(join(folder, `die-${name}`))) process.kill(process.pid, 'SIGKILL')
  if (existsSync(join(folder, `stop-${name}`))) process.kill(process.pid, 'SIGSTOP')
  if (existsSync(join(folder, `hang-${name}`))) await sleep(1000 * 1000)
}

beforeFork(() => step('beforeFork'), 'test')
afterFork(() => step('afterFork'), 'test')
afterForkInParent(() => step('afterForkInParent'), 'test')
beforePromote(() => step('beforePromote'), 'test')
afterPromote(() => step('afterPromote'), 'test')

interface Loaded {
  readonly table: Map<number, string>
  served: number
}

export const app = defineApp<Loaded>({
  async load() {
    await step('load')
    return { table: new Map(Array.from({ length: 50_000 }, (_, key) => [key, `value ${key}`])), served: 0 }
  },

  async warm() {
    await step('warm')
  },

  async check() {
    await step('check')
  },

  async start(loaded, worker) {
    await step('start')
    await step(`start-gen${worker.generation}`)
    const handle = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
      const url = new URL(request.url ?? '/', 'http://app')
      loaded.served++
      if (url.pathname === '/spin') for (;;) Math.random()
      if (url.pathname === '/exit') process.exit(1)
      if (url.pathname === '/unsafe') markForkUnsafe('the test has marked it')
      if (url.pathname === '/connection') {
        http.get({ port: Number(url.searchParams.get('port')), host: '127.0.0.1' }).on('error', () => undefined)
      }
      const waitMs = Number(url.searchParams.get('ms') ?? 0)
      if (waitMs > 0) await sleep(waitMs)
      if (url.pathname === '/whoami') {
        const { id, slot, generation } = worker
        response.end(JSON.stringify({ pid: process.pid, id, slot, generation, served: loaded.served, title: process.title, random: Math.random() }))
      } else {
        response.end(String(process.pid))
      }
    }
    const server = makeServer((request, response) => void handle(request, response))
    await worker.listen(server)
    const second = process.env['APP_SECOND'] === undefined ? undefined : http.createServer((_, response) => response.end('second'))
    if (second) await worker.listen(second, 1)
    return {
      async drain() {
        await step('drain')
      },
      async close() {
        await step('close')
        server.close()
        second?.close()
      },
    }
  },
})

function makeServer(onRequest: http.RequestListener): Server {
  const { APP_KEY = '', APP_CERT = '', APP_SERVER } = process.env
  if (APP_SERVER === 'h2c') return http2.createServer((_, response) => response.end(String(process.pid)))
  if (APP_SERVER === 'https') return https.createServer({ key: readFileSync(APP_KEY), cert: readFileSync(APP_CERT) }, onRequest)
  return http.createServer(onRequest)
}
