/** Forks while fs.watch watches, and after that; prints what came of both. The second child watches again, and says what it saw. */
import { appendFileSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ForkError, checkForkSafety, prepareForFork } from '../../../src/fork/index.ts'
import { exitOf, forkAndWatch } from './forks.ts'

const folder = mkdtempSync(join(tmpdir(), 'smem-ts-watching-'))
const file = join(folder, 'file')
const SEEN = 42
writeFileSync(file, '')
prepareForFork()

const watcher = watch(file)
const hazards = checkForkSafety().map(({ kind }) => kind)
const refused = await fork()
watcher.close()
await once(watcher, 'close')
const allowed = await fork()
const left = checkForkSafety().map(({ text }) => text)
rmSync(folder, { recursive: true })
process.stdout.write(`${JSON.stringify({ hazards, refused, allowed, left })}\n`)

async function fork(): Promise<string> {
  await new Promise(setImmediate)
  try {
    const child = forkAndWatch()
    if (!child.isChild) return await exitOf(child)
    const again = watch(file)
    setImmediate(() => appendFileSync(file, 'more'))
    await once(again, 'change')
    process.exit(SEEN)
  } catch (error) {
    if (error instanceof ForkError) return `${error.step} ${error.reason}`
    throw error
  }
}
