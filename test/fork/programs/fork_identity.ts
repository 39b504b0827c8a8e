/** Forks as many children as argv says, and prints what each of them takes for its own, with ids made as argv says. */
import { getRandomValues, randomBytes, randomFillSync, randomInt, randomUUID, webcrypto } from 'node:crypto'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareForFork } from '../../../src/fork/index.ts'
import { exitOf, forkAndWatch } from './forks.ts'

const children = Number(process.argv[2])
const idsEach = Number(process.argv[3])
prepareForFork()

// Loaded after that, as an app is.
const { nanoid } = await import('nanoid')
const { v4, v7 } = await import('uuid')

const pool = new Uint8Array(256)
const global = globalThis.crypto
randomFillSync(pool)
const small = new Uint8Array(16)
getRandomValues(small)
getRandomValues(small)
const elements = new Uint32Array(64)
randomFillSync(elements, 32, 32)
const key = randomBytes(256)
// Of each store something is left.
for (let i = 0; i < 5; i++) void [nanoid(), v4(), v7(), randomUUID(), global.randomUUID(), randomInt(1000), Math.random()]

/** Of Node itself fewer will do. */
const NODE_SHARE = 0.2
const libraries: readonly (() => string)[] = [() => nanoid(), () => v4(), () => v7()]
const generators: readonly (() => string)[] = [
  ...libraries, () => randomUUID(), () => webcrypto.randomUUID(), () => String(Math.random()),
  () => String(randomInt(2 ** 47)),
]
const folder = mkdtempSync(join(tmpdir(), 'smem-ts-identity-'))
const codes: string[] = []
for (let number = 0; number < children; number++) {
  const child = forkAndWatch()
  if (child.isChild) {
    writeFileSync(join(folder, String(number)), JSON.stringify({
      pid: process.pid, kernelPid: Number(readlinkSync('/proc/self')), forkedPid: child.pid,
      pool: Buffer.from(pool).toString('hex'), small: Buffer.from(small).toString('hex'), key: key.toString('hex'),
      elements: [...elements], ids: generators.map((make) => Array.from({ length: libraries.includes(make) ? idsEach : idsEach * NODE_SHARE }, make)),
    }))
    process.exit(0)
  }
  codes.push(await exitOf(child))
}
const reports = codes.map((_, number) => JSON.parse(readFileSync(join(folder, String(number)), 'utf8')) as Record<string, unknown>)
rmSync(folder, { recursive: true })
const rest = reports.map((report) => ({ ...report, ids: undefined }))
process.stdout.write(`${JSON.stringify({ codes, reports: rest, duplicates: countDuplicates(), pid: process.pid })}\n`)

function countDuplicates(): number[] {
  return generators.map((_, kind) => {
    const all = new Set<string>()
    let count = 0
    for (const { ids } of reports as { ids: string[][] }[]) {
      for (const id of ids[kind] ?? []) all.add(id)
      count += ids[kind]?.length ?? 0
    }
    return count - all.size
  })
}
