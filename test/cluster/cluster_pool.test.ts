import assert from 'node:assert/strict'
import cluster, { type Worker } from 'node:cluster'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterPool } from '../../src/cluster/index.ts'
import type { PoolWorker, RollOutcome, WorkerExit, WorkerState } from '../../src/pool/index.ts'
import { startCluster, stopCluster, type TestCluster } from '../support/clusters.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { stateOf, statFields } from '../support/programs.ts'
import { waitFor, within } from '../support/wait_for.ts'

const DEADLINE_MS = 1000 * 40

function recycle({ pool }: TestCluster, slot = 0): Promise<RollOutcome> {
  return within(pool.recycle(inSlot(pool, slot).id), DEADLINE_MS, 'the worker is replaced')
}

function inSlot(pool: ClusterPool, slot: number): PoolWorker {
  const worker = pool.workers().find((candidate) => candidate.slot === slot && candidate.state === 'serving')
  assert.ok(worker, `a worker serves in slot ${slot}`)
  return worker
}

function inState({ pool }: TestCluster, state: WorkerState): PoolWorker | undefined {
  return pool.workers().find((worker) => worker.state === state)
}

/** The pool has `size` workers, each serving in a slot of its own, and there is no other process of it. */
async function isWhole({ pool }: TestCluster, size: number): Promise<void> {
  const whole = (): boolean => {
    const workers = pool.workers()
    return pool.size === size && workers.length === size && workers.every(({ state }) => state === 'serving')
      && new Set(workers.map(({ slot }) => slot)).size === size
      && Object.keys(cluster.workers ?? {}).length === size
  }
  await waitFor(whole, DEADLINE_MS, `the pool has ${size} serving workers and nothing else`)
    .catch((error: Error) => { throw new Error(`${error.message}: ${JSON.stringify(pool.workers())}`) })
}

describe('ClusterPool', () => {
  const crashFile = join(tmpdir(), `smem-ts-crash-${randomUUID()}`)
  afterEach(async () => {
    rmSync(crashFile, { force: true })
    await stopCluster()
  })

  describe('the workers it has', () => {
    it('forks as many as it is told to, with their slots and the given environment', async () => {
      const test = await startCluster(2, { APP_MARK: 'x' }, { env: (slot) => ({ APP_MARK: `m${slot}` }) })
      const environments = await Promise.all(test.pool.workers().map(({ pid }) => environmentOf(pid)))
      assert.deepEqual(environments.map((env) => [env['SMEM_TS_SLOT'], env['APP_MARK']]), [['0', 'm0'], ['1', 'm1']])
    })

    it('adopts those that were forked before it and those that are forked later', async () => {
      const first = await startCluster(1)
      first.pool.close()
      const pool = new ClusterPool(cluster)
      try {
        assert.deepEqual(pool.workers().map(({ state, slot }) => [state, slot]), [['serving', 0]])
        cluster.fork()
        await waitFor(() => pool.workers().every(({ state }) => state === 'serving') && pool.size === 2, DEADLINE_MS, 'it grows by one')
      } finally {
        pool.close()
      }
    })

    it('finds the worker half of a worker that was there before it', async () => {
      const first = await startCluster(1, {}, { drainTimeout: '5m' })
      first.pool.close()
      const pool = new ClusterPool(cluster)
      try {
        await waitFor(() => pool.workers()[0]?.report !== undefined, DEADLINE_MS, 'the worker reports')
      } finally {
        pool.close()
      }
    })

    it('is one smaller after worker.disconnect() by the application', async () => {
      const test = await startCluster(3)
      cluster.workers?.[inSlot(test.pool, 1).id]?.disconnect()
      await isWhole(test, 2)
    })

    it('has its size again after a worker has left by itself', async () => {
      const test = await startCluster(2)
      for (const slot of [0, 1]) {
        const { id } = inSlot(test.pool, slot)
        cluster.workers?.[id]?.send('leave')
        await waitFor(() => test.pool.workers().every((worker) => worker.id !== id), DEADLINE_MS, 'the worker leaves')
        await isWhole(test, 2)
      }
      assert.deepEqual(exits(test).map(({ code, wanted }) => [code, wanted]), [[0, false], [0, false]])
    })

    it('follows workers that leave by themselves only within the restart budget', async () => {
      const test = await startCluster(2, {}, { restarts: { max: 1, per: '1h' } })
      for (const { id } of test.pool.workers()) cluster.workers?.[id]?.send('leave')
      await waitFor(() => test.names().includes('warning'), DEADLINE_MS, 'the spent budget is told')
      await waitFor(() => test.serving() === 1, DEADLINE_MS, 'one is followed by another')
      assert.equal(test.pool.size, 2)
    })

    it('is one smaller, where it was not told its size, after a worker has left by itself, and says so of the last', async () => {
      const first = await startCluster(2)
      first.pool.close()
      const pool = new ClusterPool(cluster)
      const warnings: string[] = []
      pool.on('warning', (warning) => warnings.push(warning))
      try {
        for (const { id, pid } of pool.workers()) {
          assert.deepEqual(warnings, [])
          cluster.workers?.[id]?.send('leave')
          await waitFor(() => stateOf(pid) === undefined && pool.workers().every((worker) => worker.id !== id), DEADLINE_MS, 'it leaves')
        }
        assert.equal(pool.size, 0)
        assert.match(warnings.join(), /^worker \d+ \(pid \d+\) has left by itself, and was the last: the pool has no workers, and forks none;/)
      } finally {
        pool.close()
      }
    })

    it('are replaced though a listener throws, which the process is told of', async () => {
      const test = await startCluster(1)
      const thrown: unknown[] = []
      const { id, pid } = inSlot(test.pool, 0)
      test.pool.on('exit', () => { throw new Error('on purpose') })
      process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error))
      try {
        process.kill(pid, 'SIGKILL')
        await waitFor(() => test.pool.workers().some((worker) => worker.id !== id && worker.state === 'serving'), DEADLINE_MS, 'another serves')
      } finally {
        process.setUncaughtExceptionCaptureCallback(null)
        test.pool.removeAllListeners('exit')
      }
      assert.match(String(thrown), /^Error: on purpose$/)
    })

    it('leaves no listener and no worker of its own will behind when it is closed', async () => {
      const before = cluster.eventNames().map((name) => [name, cluster.listenerCount(name)])
      const test = await startCluster(1)
      const { pid } = inSlot(test.pool, 0)
      test.pool.close()
      await stopCluster()
      assert.deepEqual(cluster.eventNames().map((name) => [name, cluster.listenerCount(name)]), before)
      assert.equal(stateOf(pid), undefined)
    })
  })

  describe('workers that die', () => {
    it('are followed by others', async () => {
      const test = await startCluster(2)
      process.kill(inSlot(test.pool, 0).pid, 'SIGKILL')
      await waitFor(() => test.names().includes('exit'), DEADLINE_MS, 'the exit is told')
      await isWhole(test, 2)
      assert.deepEqual(exits(test).map(({ signal, wanted }) => [signal, wanted]), [['SIGKILL', false]])
    })

    it('are followed by others when their channel breaks', async () => {
      const test = await startCluster(2)
      cluster.workers?.[inSlot(test.pool, 1).id]?.send('disconnect')
      await waitFor(() => test.names().includes('exit'), DEADLINE_MS, 'the exit is told')
      await isWhole(test, 2)
    })

    for (const [handler, fork] of [
      ['forks', () => void cluster.fork()],
      ['forks unless the exit was wanted', (worker: Worker) => void (worker.exitedAfterDisconnect || cluster.fork())],
      ['forks after a while', () => void setTimeout(() => cluster.fork(), 300)],
    ] as const) {
      it(`are followed by one each where the application ${handler} on 'exit'`, async () => {
        const test = await startCluster(2)
        cluster.on('exit', fork)
        try {
          process.kill(inSlot(test.pool, 0).pid, 'SIGKILL')
          await waitFor(() => test.names().includes('exit'), DEADLINE_MS, 'the exit is told')
          await isWhole(test, 2)
          assert.equal((await recycle(test, 0)).status, 'done')
          assert.equal((await recycle(test, 1)).status, 'done')
          await new Promise((resolve) => setTimeout(resolve, 500)) // for what the handler may still do
          await isWhole(test, 2)
          const told = test.events.filter(({ name }) => name === 'warning').map(({ payload }) => payload)
          assert.equal(told.length, handler === 'forks unless the exit was wanted' ? 0 : 1, told.join('\n'))
        } finally {
          cluster.off('exit', fork)
        }
      })
    }

    it('are not started again in a tight loop', async () => {
      const test = await startCluster(2, { APP_CRASH_FILE: crashFile }, { startBackoff: '100ms', restarts: { max: 4, per: '1h' } })
      writeFileSync(crashFile, '')
      process.kill(inSlot(test.pool, 0).pid, 'SIGKILL')
      const waits = (): boolean => test.events.some(({ name, payload }) => (
        name === 'startFailed' && (payload as { retryInMs: number }).retryInMs > 1000 * 60 * 50
      ))
      await waitFor(waits, DEADLINE_MS, 'the next start waits for the budget')
      assert.equal(exits(test).length, 5)
      assert.equal(test.serving(), 1)
    })
  })

  describe('a recycle', () => {
    it('replaces one, which keeps its slot, and leaves the others', async () => {
      const test = await startCluster(2)
      const before = test.pool.workers().map(({ pid }) => pid)
      const { status, replaced } = await recycle(test, 1)
      assert.deepEqual([status, replaced.length, replaced[0]?.slot], ['done', 1, 1])
      assert.equal(inSlot(test.pool, 0).pid, before[0])
      assert.notEqual(inSlot(test.pool, 1).pid, before[1])
      assert.deepEqual(exits(test).map(({ code, wanted }) => [code, wanted]), [[0, true]])
    })

    it('ends a worker without a worker half by worker.disconnect()', async () => {
      const test = await startCluster(2, { APP_HALF: 'no' })
      const slow = answer(test.port, '/?ms=1000')
      const { status } = await recycle(test)
      assert.equal(status, 'done')
      assert.match(await slow, /^\d+$/)
      assert.deepEqual(exits(test).map(({ code, wanted }) => [code, wanted]), [[0, true]])
    })

    it('ends a worker that has closed its worker half by worker.disconnect(), too', async () => {
      const test = await startCluster(2, {}, { drainTimeout: '5m' })
      const heard = new Set<number>()
      const hear = ({ id }: Worker, message: { type?: string }): void => {
        if (message.type === 'detached') heard.add(id)
      }
      cluster.on('message', hear)
      cluster.workers?.[inSlot(test.pool, 0).id]?.send('detach') // and at once:
      assert.equal((await recycle(test)).status, 'done')
      const { id, slot } = inSlot(test.pool, 1)
      cluster.workers?.[id]?.send('detach')
      await waitFor(() => heard.has(id), DEADLINE_MS, 'the worker half says that it goes')
      assert.equal((await recycle(test, slot)).status, 'done')
      cluster.off('message', hear)
    })

    it('ends a worker whose event loop is blocked, by its deadlines', async () => {
      const test = await startCluster(2, { APP_TERM: 'ignore' }, { drainTimeout: '300ms', termTimeout: '300ms' })
      const { id } = inSlot(test.pool, 0)
      cluster.workers?.[id]?.send('spin')
      assert.equal((await recycle(test)).status, 'done')
      assert.deepEqual(test.events.filter(({ name }) => name === 'forced').map(({ payload }) => (payload as { signal: string }).signal), ['SIGTERM', 'SIGKILL'])
      assert.deepEqual(exits(test).map(({ signal, wanted, worker }) => [signal, wanted, worker.id]), [['SIGKILL', true, id]])
      await isWhole(test, 2)
    })

    it('gives a connection that a blocked worker never took to another, and keeps no descriptor of it', async () => {
      const test = await startCluster(2, {}, { drainTimeout: '500ms', termTimeout: '300ms' })
      const before = countDescriptors()
      const { id, pid } = inSlot(test.pool, 0)
      cluster.workers?.[id]?.send('spin')
      await waitFor(() => Number(statFields(pid)?.[11]) > 20, DEADLINE_MS, 'the worker is busy')
      // Round robin: at least one of these goes to the worker that is blocked, and no more than one, as it does not say that it took it.
      const answers = Promise.all(Array.from({ length: 6 }, () => answer(test.port)))
      assert.equal((await recycle(test)).status, 'done')
      const pids = new Set(await within(answers, DEADLINE_MS, 'all are answered'))
      assert.equal(pids.has(String(pid)), false)
      await waitFor(() => countDescriptors() === before, DEADLINE_MS, 'the descriptors are closed')
    })

    it('fails when replacements crash at once, and the old one serves on', async () => {
      const test = await startCluster(1, { APP_CRASH_FILE: crashFile }, { startBackoff: '50ms' })
      const { pid } = inSlot(test.pool, 0)
      writeFileSync(crashFile, '')
      const { status, failure, kept } = await recycle(test)
      assert.deepEqual([status, kept.length], ['failed', 1])
      assert.match(failure ?? '', /3/)
      assert.equal(test.names().filter((name) => name === 'startFailed').length, 3)
      assert.equal(await answer(test.port), String(pid))
      rmSync(crashFile)
      assert.equal((await recycle(test)).status, 'done')
      await isWhole(test, 1)
    })

    it('fails when replacements hang before they are ready, even if they ignore SIGTERM', async () => {
      const test = await startCluster(1, {}, {
        startBackoff: '50ms', startTimeout: '500ms', termTimeout: '100ms', maxStartFailures: 2, env: {}, ready: 'listening',
      })
      const { pid } = inSlot(test.pool, 0)
      process.env['APP_START'] = 'hang'
      process.env['APP_TERM'] = 'ignore'
      try {
        assert.equal((await recycle(test)).status, 'failed')
      } finally {
        delete process.env['APP_START']
        delete process.env['APP_TERM']
      }
      assert.equal(await answer(test.port), String(pid))
      await isWhole(test, 1)
    })

    for (const [what, env, reason] of [
      ['an async function', () => Promise.reject(new Error('not yet')), /"env" returned a promise: it must return the variables themselves/],
      ['a function that returns something else', () => 'A=1', /"env" must return an object of environment variables, got 'A=1'/],
    ] as const) {
      it(`fails where "env" is ${what}, and tells so`, async () => {
        const first = await startCluster(1)
        first.pool.close()
        const pool = new ClusterPool(cluster, { env: env as never, maxStartFailures: 1 })
        const reasons: string[] = []
        pool.on('startFailed', (failure) => reasons.push(failure.reason))
        try {
          const { status, failure, kept } = await within(pool.recycle(pool.workers()[0]?.id ?? 0), DEADLINE_MS, 'the recycle ends')
          assert.deepEqual([status, kept.length], ['failed', 1])
          assert.match(failure ?? '', reason)
          assert.match(reasons.join(), reason)
        } finally {
          pool.close()
        }
      })
    }

    it('fails when replacements die right after they are ready, and the others serve on', async () => {
      const test = await startCluster(2, {}, { startBackoff: '50ms' })
      const roll = test.pool.roll()
      test.pool.on('ready', ({ pid }) => process.kill(pid, 'SIGKILL'))
      const { status, failure, kept } = await within(roll, DEADLINE_MS, 'the roll ends')
      test.pool.removeAllListeners('ready')
      assert.deepEqual([status, kept.length], ['failed', 1])
      assert.match(failure ?? '', /^3 starts in a row failed, the last one in slot 0: .* was ended by SIGKILL \d+ms after it was ready$/)
      await isWhole(test, 2)
    })

    it('fails when no process can be started, and tells why', async () => {
      const test = await startCluster(1, {}, { startBackoff: '50ms', maxStartFailures: 2 })
      const { cwd } = cluster.settings
      cluster.setupPrimary({ cwd: '/nonexistent' })
      try {
        assert.equal((await recycle(test)).status, 'failed')
      } finally {
        cluster.setupPrimary({ cwd: cwd ?? process.cwd() })
      }
      await waitFor(() => test.events.some(({ payload }) => String(payload).includes('ENOENT')), DEADLINE_MS, 'the reason is told')
      await isWhole(test, 1)
      assert.equal((await recycle(test)).status, 'done')
    })

    it('counts a worker with two ports as ready when it listens on both', async () => {
      const second = await freePort()
      const test = await startCluster(1, { APP_SECOND: String(second) })
      await waitFor(async () => (await answer(second).catch(() => '')) !== '', DEADLINE_MS, 'the second port answers')
      let failed = 0
      let stop = false
      const asking = (async () => {
        while (!stop) {
          await answer(second).catch(() => failed++)
          await new Promise((resolve) => setTimeout(resolve, 2))
        }
      })()
      assert.equal((await recycle(test)).status, 'done')
      stop = true
      await asking
      assert.equal(failed, 0)
    })

    it('waits for ready() of a worker that says so itself', async () => {
      const starting = startCluster(1, { APP_START: 'manual' })
      await once(cluster, 'listening')
      await new Promise((resolve) => setTimeout(resolve, 100))
      const worker = Object.values(cluster.workers ?? {})[0]
      worker?.send('ready')
      const test = await starting
      const recycled = recycle(test)
      await once(cluster, 'listening')
      await new Promise((resolve) => setTimeout(resolve, 100))
      assert.ok(inState(test, 'starting'), 'that it listens does not make it ready')
      cluster.workers?.[inState(test, 'starting')?.id ?? 0]?.send('ready')
      assert.equal((await recycled).status, 'done')
    })

    it('takes a worker for ready when it is online, if it is told so', async () => {
      const test = await startCluster(1, { APP_START: 'hang' }, { ready: 'online' })
      assert.equal((await recycle(test)).status, 'done')
    })

    it('of an unknown worker is a RangeError', async () => {
      const test = await startCluster(1)
      assert.throws(() => test.pool.recycle(4711), RangeError)
    })
  })

  describe('a roll', () => {
    it('replaces all, never has fewer serving than its size, and opens a generation', async () => {
      const test = await startCluster(3)
      const before = new Set(test.pool.workers().map(({ pid }) => pid))
      let fewest = 3
      let most = 0
      const timer = setInterval(() => {
        fewest = Math.min(fewest, test.serving())
        most = Math.max(most, Object.keys(cluster.workers ?? {}).length)
      }, 1)
      const outcome = await within(test.pool.roll(), DEADLINE_MS, 'the roll ends')
      clearInterval(timer)
      assert.deepEqual([outcome.status, outcome.replaced.length, fewest, most], ['done', 3, 3, 4])
      assert.ok(test.pool.workers().every(({ pid, generation }) => !before.has(pid) && generation === 1))
    })

    it('without surge ends each before the next is started', async () => {
      const test = await startCluster(2, {}, { maxSurge: 0, maxUnavailable: 1 })
      let most = 0
      const timer = setInterval(() => (most = Math.max(most, Object.keys(cluster.workers ?? {}).length)), 1)
      assert.equal((await within(test.pool.roll(), DEADLINE_MS, 'the roll ends')).status, 'done')
      clearInterval(timer)
      assert.equal(most, 2)
      await isWhole(test, 2)
    })

    for (const state of ['starting', 'serving', 'draining', 'terminating'] as const) {
      it(`ends with all workers when one is killed while it is ${state}`, async () => {
        const test = await startCluster(2, { APP_TERM: 'ignore', APP_EXIT: 'stay' }, {
          exitGrace: '150ms', termTimeout: '300ms', startBackoff: '50ms', drainTimeout: '10s',
        })
        const slow = answer(test.port, '/?ms=500').catch(() => undefined) // so that draining takes a while
        const slower = answer(test.port, '/?ms=500').catch(() => undefined)
        const roll = test.pool.roll()
        await waitFor(() => inState(test, state) !== undefined && (state !== 'serving' || inState(test, 'starting') !== undefined), DEADLINE_MS, `a worker is ${state}`)
        process.kill(inState(test, state)?.pid ?? 0, 'SIGKILL')
        const outcome = await within(roll, DEADLINE_MS, 'the roll ends')
        assert.equal(outcome.status, 'done')
        await isWhole(test, 2)
        assert.ok(test.pool.workers().every(({ generation }) => generation === 1))
        await Promise.all([slow, slower])
      })
    }

    it('can be stopped in the middle', async () => {
      const test = await startCluster(3)
      const roll = test.pool.roll()
      await waitFor(() => test.names().includes('replaced'), DEADLINE_MS, 'the first is replaced')
      test.pool.stopRolling()
      const { status, replaced, kept } = await within(roll, DEADLINE_MS, 'the roll ends')
      assert.deepEqual([status, replaced.length + kept.length], ['stopped', 3])
      assert.ok(kept.length >= 1)
      await isWhole(test, 3)
    })
  })

  describe('its options', () => {
    const mistakes: [unknown, RegExp][] = [
      [{ sise: 4 }, /unknown option "sise" of ClusterPool: did you mean "size"\?/],
      [{ size: 0 }, /"size" must be an integer from 1 to 10000, got 0/],
      [{ env: 'A=1' }, /"env" must be an object or a function that returns one, got 'A=1'/],
      [{ ready: 'listen' }, /"ready" must be 'listening' or 'online' or 'message', got 'listen'/],
      [{ drainTimeout: 'soon' }, /"drainTimeout" must be a number of milliseconds or a string such as '30s', got 'soon'/],
      [{ maxSurge: 0 }, /"maxSurge" and "maxUnavailable"/],
    ]
    for (const [options, message] of mistakes) {
      it(`refuses ${JSON.stringify(options)}`, () => {
        const before = cluster.eventNames().length
        assert.throws(() => new ClusterPool(cluster, options as never), { name: 'TypeError', message })
        assert.equal(cluster.eventNames().length, before)
      })
    }

    it('refuses what is not node:cluster', () => {
      assert.throws(() => new ClusterPool({} as never), { name: 'TypeError', message: /default export of node:cluster, got an object/ })
    })

    it('refuses a second pool of the same cluster, until the first is closed', async () => {
      const { pool } = await startCluster(1)
      assert.throws(() => new ClusterPool(cluster), /has a ClusterPool already: use that, or close\(\) it first/)
      pool.close()
      new ClusterPool(cluster).close()
    })

    it('refuses to supervise from a worker', () => {
      assert.throws(() => new ClusterPool({ isPrimary: false } as never), /belongs in the primary: this process is a worker/)
    })
  })
})

function exits({ events }: TestCluster): WorkerExit[] {
  return events.filter(({ name }) => name === 'exit').map(({ payload }) => payload as WorkerExit)
}

async function environmentOf(pid: number): Promise<Record<string, string>> {
  const { readFile } = await import('node:fs/promises')
  const text = await readFile(`/proc/${pid}/environ`, 'utf8')
  return Object.fromEntries(text.split('\0').filter(Boolean).map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]))
}

async function answer(port: number, path = '/'): Promise<string> {
  const request = http.get({ host: '127.0.0.1', port, path, agent: false })
  const [response] = await once(request, 'response') as [http.IncomingMessage]
  let body = ''
  for await (const piece of response.setEncoding('utf8')) body += String(piece)
  return body
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
