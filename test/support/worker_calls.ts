/** What the worker threads of tests do, and how they are started. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { parentPort, Worker } from 'node:worker_threads'
import { openProcess, readMappings, readSmaps, readSmapsInto, scanProcesses, support, Field } from '../../src/index.ts'
import * as promises from '../../src/promises.ts'

export function startWorker(task: 'everyCallFiveTimes' | 'loadOnly' | 'neverEnd' | 'neverPause'): Worker {
  return new Worker(new URL('worker_entry.mjs', import.meta.url), {
    workerData: { task },
    execArgv: [], // without those that only a main thread may have
  })
}

/** Resolves when the worker has ended well. */
export async function ended(worker: Worker): Promise<void> {
  const [code] = await once(worker, 'exit') as [number]
  assert.equal(code, 0, 'a worker failed')
}

export async function everyCall(): Promise<void> {
  assert.ok((readSmaps().rss ?? 0) > 0)
  assert.equal(readSmapsInto(new Float64Array(Field.length)), 0)
  assert.ok(readMappings().length > 0)
  assert.ok(scanProcesses({ threads: 2 }).some(({ pid }) => pid === process.pid))
  using handle = openProcess(process.pid)
  assert.ok(handle.rss() > 0 && (handle.read().rss ?? 0) > 0 && handle.alive)
  assert.ok(support().supported)
  await Promise.all([promises.readSmaps(), promises.readMappings(), promises.scanProcesses()])
}

export async function everyCallFiveTimes(): Promise<void> {
  for (let i = 0; i < 5; i++) await everyCall()
}

export function loadOnly(): void {
  readSmaps()
  openProcess(process.pid).rss()
}

/** Keeps calls of every kind in flight until the worker is terminated; tells its parent when they have begun. */
export async function neverEnd(): Promise<void> {
  const handles = Array.from({ length: 20 }, () => openProcess(process.pid))
  for (const handle of handles) handle.rss()
  const again = async (call: () => Promise<unknown>): Promise<never> => {
    for (;;) await call()
  }
  const running = [
    again(() => promises.scanProcesses({ source: 'smaps' })),
    again(() => promises.scanProcesses({ filter: () => true })),
    again(() => promises.readMappings()),
    again(async () => {
      openProcess(process.pid).close()
      await setTimeout(1)
    }),
    again(() => promises.readSmaps(process.pid, { source: 'smaps' })),
  ]
  parentPort?.postMessage('begun')
  await Promise.all(running)
}

/** Makes calls that block, one after the other, until the worker is terminated. */
export function neverPause(): never {
  parentPort?.postMessage('begun')
  for (;;) {
    scanProcesses({ mappings: true })
    readMappings()
    openProcess(process.pid).rss()
  }
}
