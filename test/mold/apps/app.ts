/**
 * The application of the tests' pools. What it does is told by files in APP_FOLDER, which tests write and remove while it runs, one
 * for each fault: `fail-<step>`, `hang-<step>`, `die-<step>` and `stop-<step>`, or `wait-<step>`: as long as the file is there; `at-<step>`
 * then tells who waits. Steps are the parts of the application, the hooks, and
 * `say-<type>`: before a message of that type goes to the supervisor. `babble-<step>`: says what no supervisor listens to, and stops.
 * `late-fork`: children of forks are late, and killed. With APP_NOTES, steps, forks and 'exit' are told on stderr: `note <what> <pid>`.
 */
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  afterFork, afterForkInParent, afterPromote, beforeFork, beforePromote, defineApp, markForkUnsafe,
} from '../../../src/mold.ts'
import { backend, type ForkCalls } from '../../../src/native/index.ts'

const folder = process.env['APP_FOLDER'] ?? '/nonexistent'
const WAIT_MS = 5
const keepAliveMs = process.env['APP_KEEP_ALIVE']

function note(what: string): void {
  if (process.env['APP_NOTES'] !== undefined) writeSync(2, `note ${what} ${process.pid}\n`)
}

process.on('exit', () => note('exit'))

async function step(name: string): Promise<void> {
  note(name)
  if (existsSync(join(folder, `fail-${name}`))) throw new Error(`the test has ${name} fail`)
  signalAt(name)
  if (existsSync(join(folder, `hang-${name}`))) await sleep(1000 * 1000)
  if (!existsSync(join(folder, `wait-${name}`))) return
  writeFileSync(join(folder, `at-${name}`), String(process.pid))
  while (existsSync(join(folder, `wait-${name}`))) await sleep(WAIT_MS)
}

function signalAt(name: string): void {
  if (existsSync(join(folder, `babble-${name}`))) {
    babble()
    process.kill(process.pid, 'SIGSTOP')
  }
  if (existsSync(join(folder, `die-${name}`))) process.kill(process.pid, 'SIGKILL')
  if (existsSync(join(folder, `stop-${name}`))) process.kill(process.pid, 'SIGSTOP')
}

/** A line without an end, over the only socket that a mold has. */
function babble(): void {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): { _handle?: { fd?: number } }[] }
  const fd = handles().map(({ _handle }) => _handle?.fd ?? 0).find((one) => one > 2) ?? 0
  const line = Buffer.alloc(2 ** 21, 'x')
  for (let sent = 0; sent < line.length;) {
    try {
      sent += writeSync(fd, line, sent)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE' || code === 'ECONNRESET') return // it has been heard
      if (code !== 'EAGAIN') throw error
    }
  }
}

const { stringify } = JSON
JSON.stringify = (value: unknown, ...parameters: unknown[]): string => {
  const message = value as { type?: unknown, role?: unknown } | undefined
  if (message?.type === 'forked' || (message?.type === 'hello' && message.role !== 'mold')) signalAt(`say-${message.type}`)
  return stringify(value, ...parameters as [])
}

const forks = backend().fork as { fork: ForkCalls['fork'] } | undefined
const fork = forks?.fork
if (forks && fork) {
  forks.fork = (sibling, trial, parkMs, childMs) => {
    const isLate = existsSync(join(folder, 'late-fork'))
    note(`fork-${parkMs}-${childMs}`)
    for (;;) {
      const report = fork(sibling, trial, parkMs, isLate ? 1 : childMs)
      if (!isLate || report.errno !== 0) return report
      // It was in time. One in two processes is the child, and ends.
      if (report.pid === 0) process.exit(1)
    }
  }
}

beforeFork(async () => {
  await step('beforeFork')
  await step(`beforeFork-${process.pid}`)
}, 'test')
afterFork(() => step('afterFork'), 'test')
afterForkInParent(() => step('afterForkInParent'), 'test')
beforePromote(() => step('beforePromote'), 'test')
afterPromote(() => step('afterPromote'), 'test')

/** Small ones, as caches have: `APP_OBJECTS` of them are some 160 bytes each. */
interface Entry {
  readonly key: string
  readonly tags: readonly number[]
  hits: number
}

interface Loaded {
  readonly table: Map<number, string>
  readonly entries: readonly Entry[]
  readonly leaks: Buffer[]
  served: number
}

export const app = defineApp<Loaded>({
  async load() {
    await step('load')
    return {
      table: new Map(Array.from({ length: 50_000 }, (_, key) => [key, `value ${key}`])),
      entries: Array.from({ length: Number(process.env['APP_OBJECTS'] ?? 0) }, (_, key) => ({ key: `entry ${key}`, tags: [key, key + 1], hits: 0 })),
      leaks: [], served: 0,
    }
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
      if (url.pathname === '/leak') loaded.leaks.push(Buffer.alloc(Number(url.searchParams.get('mb')) * 2 ** 20, 1))
      if (url.pathname === '/work') work(loaded.entries)
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
    if ('keepAliveTimeout' in server && keepAliveMs !== undefined) server.keepAliveTimeout = Number(keepAliveMs)
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

/** As a request does: writes to some of what all share, and leaves garbage. */
function work(entries: readonly Entry[]): void {
  const start = Math.floor(Math.random() * entries.length)
  const some = entries.slice(start, start + ENTRIES_A_REQUEST)
  for (const entry of some) entry.hits++
  JSON.parse(JSON.stringify(some))
}

const ENTRIES_A_REQUEST = 200

function makeServer(onRequest: http.RequestListener): Server {
  const { APP_KEY = '', APP_CERT = '', APP_SERVER } = process.env
  if (APP_SERVER === 'h2c') return http2.createServer((_, response) => response.end(String(process.pid)))
  if (APP_SERVER === 'https') return https.createServer({ key: readFileSync(APP_KEY), cert: readFileSync(APP_CERT) }, onRequest)
  return http.createServer(onRequest)
}
