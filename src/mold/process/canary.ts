import { createHash, pbkdf2 } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { messageOf } from '../../errors.ts'
import type { MoldApp } from '../app.ts'
import { cut } from '../control/index.ts'
import { collectGarbage } from './collect_garbage.ts'

const LOOPS = 1000 * 200
const BYTES = 1000 * 100

/**
 * Tries in a child whether a copy of this process works: what needs V8's threads, libuv's, the loop, and the application.
 *
 * @param onTry told what is tried next
 */
export async function findProblems(app: MoldApp, loaded: unknown, onTry: (what: string) => void): Promise<string[]> {
  const checks: readonly (readonly [string, () => unknown])[] = [
    ['timers', () => sleep(1)],
    ['files', () => readFile('/proc/self/status')],
    // By the thread pool, as an address in figures is not; it is about getting an answer at all, whatever it is.
    ['names', () => lookup('localhost').catch(() => undefined)],
    ['hashes', () => promisify(pbkdf2)('password', 'salt', 100, 32, 'sha256')],
    ['compression', compress],
    ['memory', collectGarbage],
    ['compilation', compile],
    ['check() of the application', () => app.check?.(loaded)],
  ]
  const problems: string[] = []
  for (const [name, check] of checks) {
    onTry(name)
    try {
      await check()
    } catch (error) {
      problems.push(cut(`${name}: ${messageOf(error)}`))
    }
  }
  return problems
}

async function compress(): Promise<void> {
  const bytes = Buffer.alloc(BYTES, 'smem-ts')
  const back = await promisify(gunzip)(await promisify(gzip)(bytes))
  const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex')
  if (digest(back) !== digest(bytes)) throw new Error('what was compressed came back as something else')
}

/** Code that V8 has never seen, hot enough that its threads compile it. */
function compile(): void {
  const sum = new Function('n', `let sum = ${process.pid} - ${process.pid}; for (let i = 0; i < n; i++) sum += i % 7; return sum`)
  const expected = sum(LOOPS) as number
  for (let i = 0; i < 20; i++) if (sum(LOOPS) !== expected) throw new Error('compiled code gives another result')
}
