import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { backend, type PressurePolls } from '../../src/native/index.ts'
import { isNative } from '../support/backends.ts'
import { countDescriptors, countDescriptorsOf } from '../support/descriptors.ts'
import { evaluate, runScript } from '../support/run_script.ts'
import { skip } from '../support/skip.ts'
import { waitFor } from '../support/wait_for.ts'

const DEADLINE_MS = 1000 * 20
const CYCLES = 10_000
const NOTHING = new Uint8Array()

describe('a poll of a descriptor', function () {
  let folder: string
  let fifo: string
  let polls: PressurePolls

  before(function () {
    const { pressure } = backend()
    if (!isNative() || pressure === undefined) skip(this, 'the TypeScript backend cannot poll')
    polls = pressure
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-poll-'))
    fifo = join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
  })
  after(() => {
    if (isNative()) rmSync(folder, { recursive: true, force: true })
  })

  // Open for reading too: it has to take what nobody polls for any more.
  let writer = -1
  beforeEach(() => (writer = openSync(fifo, 'r+')))
  afterEach(() => closeSync(writer)) // drops what is in it
  const write = (): void => void writeSync(writer, 'x')

  it(`leaves no descriptor behind in ${CYCLES} times opening and closing`, async function () {
    this.timeout(DEADLINE_MS * 6)
    const before = countDescriptorsOf(fifo)
    for (let i = 0; i < CYCLES; i++) {
      const poll = polls.stream(fifo, NOTHING, () => undefined)
      assert.ok(typeof poll !== 'number')
      poll.close()
      if (i % 2 === 0) poll.close()
      // Handles are only let go of by the loop.
      if (i % 500 === 0) await new Promise(setImmediate)
    }
    assert.equal(countDescriptorsOf(fifo), before)
  })

  it('gives its descriptor back at once, and tells nothing any more, when it is closed', async () => {
    const before = countDescriptorsOf(fifo)
    const told: number[] = []
    const poll = polls.stream(fifo, NOTHING, (count) => told.push(count))
    const other: number[] = []
    const open = polls.stream(fifo, NOTHING, (count) => other.push(count))
    assert.ok(typeof poll !== 'number' && typeof open !== 'number')
    assert.equal(countDescriptorsOf(fifo), before + 2)
    write()
    poll.close()
    assert.equal(countDescriptorsOf(fifo), before + 1)
    await waitFor(() => other.length === 1, DEADLINE_MS, 'the other one is told')
    open.close()
    assert.deepEqual([told, countDescriptorsOf(fifo)], [[], before])
  })

  it('may be closed by its own callback', async () => {
    const told: number[] = []
    const poll = polls.stream(fifo, NOTHING, (count) => {
      told.push(count)
      if (typeof poll !== 'number') poll.close()
    })
    write()
    await waitFor(() => told.length === 1, DEADLINE_MS, 'it is told')
    const others: number[] = []
    const other = polls.stream(fifo, NOTHING, (count) => others.push(count))
    write()
    await waitFor(() => others.length === 1, DEADLINE_MS, 'another one is told')
    assert.ok(typeof other !== 'number')
    other.close()
    assert.deepEqual(told, [1])
  })

  it('says why it could not be opened, and leaves nothing open', () => {
    const before = countDescriptors()
    const { errno } = constants
    const trigger = (path: string): unknown => polls.trigger(path, Buffer.from('nonsense\0'), () => undefined)
    assert.equal(trigger(join(folder, 'nothing')), errno.ENOENT)
    assert.equal(trigger(folder), errno.EISDIR)
    assert.equal(polls.stream(folder, NOTHING, () => undefined), errno.EOPNOTSUPP)
    assert.equal(polls.stream(`${folder}/${'x'.repeat(300)}`, NOTHING, () => undefined), errno.ENAMETOOLONG)
    assert.equal(polls.counter(folder, 'memory.usage_in_bytes', '1', () => undefined), errno.ENOENT)
    assert.equal(polls.counter(fifo, 'memory.usage_in_bytes', '1', () => undefined), errno.ENOTDIR)
    assert.equal(polls.counter(folder, 'memory.usage_in_bytes', '1'.repeat(101), () => undefined), errno.EINVAL)
    assert.equal(countDescriptors(), before)
  })

  it('that is dropped is closed by the garbage collector', async () => {
    const [during, after] = await evaluate<[number, number]>(`
      import { backend } from './src/native/index.ts'
      import { countDescriptors, countDescriptorsOf } from './test/support/descriptors.ts'
      const count = () => countDescriptorsOf(${JSON.stringify(fifo)})
      const { pressure } = backend()
      for (let i = 0; i < 200; i++) {
        // What it calls holds it, as a user's would.
        const holder = { poll: undefined }
        holder.poll = pressure.stream(${JSON.stringify(fifo)}, new Uint8Array(), () => holder.poll)
      }
      const during = count()
      for (let i = 0; i < 500 && count() > 0; i++) {
        globalThis.gc()
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      report([during, count()])
    `, { nodeOptions: ['--expose-gc'] })
    // One may be held by what the stack still shows of it.
    assert.ok(during > 100 && after <= 1, `${during} were open, ${after} still are`)
  })

  it('keeps no process alive, and does no harm at its end', async () => {
    const script = `
      import { watchPressure } from './src/system/index.ts'
      const watch = () => watchPressure({ onEvent: () => undefined, env: { MEMORY_PRESSURE_WATCH: ${JSON.stringify(fifo)} } })
      globalThis.kept = [watch(), watch()]
    `
    const ended = await runScript(script)
    assert.deepEqual([ended.code, ended.signal, ended.stderr], [0, null, ''])
    const exited = await runScript(`${script}\nprocess.exit(7)`)
    assert.deepEqual([exited.code, exited.signal, exited.stderr], [7, null, ''])
  })

  it('passes on what its callback throws as any callback does', async () => {
    const result = await runScript(`
      import { openSync, writeSync } from 'node:fs'
      import { watchPressure } from './src/system/index.ts'
      const path = ${JSON.stringify(fifo)}
      watchPressure({ env: { MEMORY_PRESSURE_WATCH: path }, onEvent: () => { throw new Error('on purpose') } })
      const stays = setTimeout(() => undefined, 20000)
      process.on('uncaughtException', (error) => {
        console.log(error.message)
        clearTimeout(stays)
      })
      writeSync(openSync(path, 'w'), 'x')
    `)
    assert.deepEqual([result.code, result.stdout], [0, 'on purpose\n'], result.stderr)
  })

  it('works in worker threads, and is closed when they are terminated', async () => {
    const result = await evaluate<{ before: number; after: number; told: number }>(`
      import { once } from 'node:events'
      import { openSync, readdirSync, writeSync } from 'node:fs'
      import { Worker } from 'node:worker_threads'
      const path = ${JSON.stringify(fifo)}
      const code = \`
        const { parentPort } = require('node:worker_threads')
        const addon = require('node-gyp-build')(process.cwd())
        const path = ${JSON.stringify(fifo)}
        let polls = []
        const tell = (count) => {
          parentPort.postMessage('told')
          polls.push(addon.pollStream(path, new Uint8Array(), tell)) // more of them while it is being ended
        }
        polls = Array.from({ length: 20 }, () => addon.pollStream(path, new Uint8Array(), tell))
        parentPort.on('message', () => undefined)
        parentPort.postMessage('begun')
      \`
      const writer = openSync(path, 'r+')
      let told = 0
      const cycle = async () => {
        const worker = new Worker(code, { eval: true, execArgv: [] })
        await once(worker, 'message')
        const first = once(worker, 'message')
        worker.on('message', () => told++)
        writeSync(writer, 'x')
        await first
        writeSync(writer, 'x')
        await worker.terminate()
      }
      await cycle()
      const before = readdirSync('/proc/self/fd').length
      for (let i = 0; i < 10; i++) await cycle()
      report({ before, after: readdirSync('/proc/self/fd').length, told })
    `)
    assert.ok(result.told >= 11, 'workers are told')
    assert.ok(result.after <= result.before + 5, `${result.after - result.before} descriptors are left of 200 and more`)
  })
})
