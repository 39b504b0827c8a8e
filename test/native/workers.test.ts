import assert from 'node:assert/strict'
import { isNative } from '../support/backends.ts'
import { runScript } from '../support/run_script.ts'
import { skip } from '../support/skip.ts'

const IMPORTS = `
  import { once } from 'node:events'
  import { ended, everyCall, startWorker } from './test/support/worker_calls.ts'
  import * as promises from './src/promises.ts'
`

/** Runs a script that starts workers and prints 'done', and expects that it ends by itself and well. */
async function expectDone(script: string): Promise<void> {
  const { code, signal, stdout, stderr } = await runScript(`${IMPORTS}${script}\nconsole.log('done')`)
  assert.deepEqual([code, signal, stdout], [0, null, 'done\n'], stderr)
}

describe('worker threads', () => {
  it('all make every call, at the same time', () => expectDone(`
    const workers = Array.from({ length: 3 }, () => ended(startWorker('everyCallFiveTimes')))
    for (let i = 0; i < 5; i++) await everyCall()
    await Promise.all(workers)
  `))

  it('may be terminated in the middle of their calls', () => expectDone(`
    for (let round = 0; round < 8; round++) {
      const worker = startWorker('neverEnd')
      await once(worker, 'message')
      const until = performance.now() + round
      while (performance.now() < until) await promises.readSmaps()
      await worker.terminate()
      await everyCall()
    }
  `))

  it('may be terminated in the middle of calls that block', () => expectDone(`
    for (let round = 0; round < 5; round++) {
      const worker = startWorker('neverPause')
      await once(worker, 'message')
      await worker.terminate()
      await everyCall()
    }
  `))

  it('give the descriptors of their handles back when they are terminated', function () {
    if (!isNative()) skip(this, 'the TypeScript backend cannot promise that: it has no finalizers')
    return expectDone(`
      import { readdirSync } from 'node:fs'
      const cycle = async () => {
        const worker = startWorker('neverEnd')
        await once(worker, 'message')
        await worker.terminate()
      }
      await cycle()
      const before = readdirSync('/proc/self/fd').length
      await cycle()
      const after = readdirSync('/proc/self/fd').length
      if (after > before + 10) throw new Error((after - before) + ' descriptors are left of 40 and more')
    `)
  })

  it('load the library one after the other', () => expectDone(`
    for (let i = 0; i < 5; i++) await ended(startWorker('loadOnly'))
  `))

  it('load an addon that the main thread never loaded, twenty times in a row and at the same time', function () {
    if (!isNative()) skip(this, 'there is no addon to load')
    return expectDone(`
      import { Worker } from 'node:worker_threads'
      const code = 'require("node-gyp-build")(process.cwd()).openProcess("/proc", process.pid).rss()'
      const load = () => ended(new Worker(code, { eval: true, execArgv: [] }))
      for (let i = 0; i < 20; i++) await load()
      await Promise.all(Array.from({ length: 5 }, load))
    `)
  })
})

describe('the end of a process', () => {
  const IMPORTED = `
    import { openProcess } from './src/index.ts'
    import * as promises from './src/promises.ts'
  `
  const pending = {
    'a scan': "promises.scanProcesses({ source: 'smaps' })",
    'a reading': "promises.readSmaps(process.pid, { source: 'smaps' })",
    'a list of mappings': 'promises.readMappings()',
    'an aborted reading': 'promises.readSmaps(process.pid, { signal: AbortSignal.abort() }).catch(() => undefined)',
    'an open handle': 'globalThis.kept = openProcess(process.pid)',
  }

  it('does not wait for what is pending, nor crash', async () => {
    const calls = Object.values(pending).join('\n')
    const onExit = "process.on('exit', () => console.log('done'))"
    const result = await runScript(`${IMPORTED}\n${calls}\n${onExit}\nprocess.exit(7)`)
    assert.deepEqual([result.code, result.stdout, result.stderr], [7, 'done\n', ''])
  })

  it('comes when all is settled, without being asked for', async () => {
    const calls = Object.values(pending).join('\n')
    const result = await runScript(`${IMPORTED}\n${calls}\nprocess.on('exit', () => console.log('done'))`)
    assert.deepEqual([result.code, result.stdout, result.stderr], [0, 'done\n', ''])
  })

  it('may be an uncaught error beside a pending scan', async () => {
    const result = await runScript(`${IMPORTED}\npromises.scanProcesses()\nthrow new Error('on purpose')`)
    assert.equal(result.code, 1)
    assert.match(result.stderr, /on purpose/)
  })
})
