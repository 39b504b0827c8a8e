/** What parents and children of the fork tests do: everything that keeps Node's threads busy. */
import { pbkdf2, randomUUID } from 'node:crypto'
import { lookup } from 'node:dns'
import { readFile } from 'node:fs'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzip } from 'node:zlib'

/** Garbage, pbkdf2, gzip and dns.lookup in flight, and functions that are new to the compiler, until `stop` is called. */
export function startChurning(): { stop(): void } {
  let isStopped = false
  let inFlight = 0
  const done = (): void => void inFlight--
  const turn = (): void => {
    if (isStopped) return
    makeGarbage()
    compileAndRun(20_000)
    if (inFlight < 8) {
      inFlight += 3
      pbkdf2('password', 'salt', 2000, 32, 'sha256', done)
      gzip(Buffer.alloc(100_000), done)
      lookup('localhost', done)
    }
    setImmediate(turn)
  }
  turn()
  return { stop: () => void (isStopped = true) }
}

/** The same once, awaited, and a full collection of garbage: what a child must be able to do. Throws when something fails. */
export async function workOnce(): Promise<void> {
  for (let i = 0; i < 10; i++) makeGarbage()
  for (let i = 0; i < 30; i++) compileAndRun(50_000)
  await promisify(pbkdf2)('password', 'salt', 2000, 32, 'sha256')
  await promisify(gzip)(Buffer.alloc(100_000))
  await promisify(readFile)('/proc/self/status')
  await promisify(lookup)('localhost')
  await new Promise((resolve) => setTimeout(resolve, 5))
  collectGarbage()
}

let kept: unknown[][] = []

function makeGarbage(): void {
  kept.push(Array.from({ length: 10_000 }, (_, i) => ({ i, text: `x${i}` })))
  if (kept.length > 20) kept = []
}

function compileAndRun(rounds: number): void {
  const sum = new Function('n', `let s = 0; for (let i = 0; i < n; i++) s += i % 7; return s // ${randomUUID()}`) as (n: number) => number
  if (sum(rounds) <= 0) throw new Error('freshly compiled code gave a wrong sum')
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}
