/** Applications that supervise their workers themselves, in one way or another, beside the pool. */
import assert from 'node:assert/strict'
import cluster, { type Worker } from 'node:cluster'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterPool, type ClusterPoolOptions } from '../../src/cluster/index.ts'
import { startCluster, stopCluster } from '../support/clusters.ts'
import { waitFor, within } from '../support/wait_for.ts'

const DEADLINE_MS = 1000 * 40
const SIZE = 2

type Start = () => Worker

const onWorkers: Record<string, (worker: Worker, start: Start) => void> = {
  'the exit of the worker': (worker, start) => void worker.on('exit', start),
  'the exit of its process': (worker, start) => void worker.process.on('exit', start),
  'the close of its process': (worker, start) => void worker.process.on('close', start),
  'the disconnection of the worker': (worker, start) => void worker.on('disconnect', start),
  'the disconnection of its process': (worker, start) => void worker.process.on('disconnect', start),
  'a promise of the exit': (worker, start) => void once(worker, 'exit').then(start),
}

const onCluster: Record<string, (start: Start) => readonly [string, () => void]> = {
  'an exit of the cluster': (start) => ['exit', () => void start()],
  'a disconnection of the cluster': (start) => ['disconnect', () => void start()],
  'an exit of the cluster, after a while': (start) => ['exit', () => void setTimeout(start, 700)],
}

describe('a ClusterPool beside an application that forks', () => {
  const crashFile = join(tmpdir(), `smem-ts-crash-${randomUUID()}`)
  const mine: (readonly [string, () => void])[] = []
  let pool: ClusterPool | undefined
  let forks = 0
  let warnings: string[] = []
  const count = (): void => void forks++

  /** No pool any more, and no worker; those that are forked run the tests' application. */
  async function prepare(): Promise<void> {
    await startCluster(1)
    await stopCluster()
    forks = 0
    warnings = []
    cluster.on('fork', count)
  }

  function supervise(options: ClusterPoolOptions): ClusterPool {
    pool = new ClusterPool(cluster, options)
    pool.on('warning', (warning) => warnings.push(warning))
    return pool
  }

  afterEach(async () => {
    for (const [name, listener] of mine.splice(0)) cluster.off(name, listener)
    cluster.off('fork', count)
    pool?.close()
    for (const worker of Object.values(cluster.workers ?? {})) if (worker) leaveUnanswered(worker)
    rmSync(crashFile, { force: true })
    await stopCluster()
  })

  const isWhole = (): boolean => {
    const workers = pool?.workers() ?? []
    return pool?.size === SIZE && workers.length === SIZE && workers.every(({ state }) => state === 'serving')
      && Object.keys(cluster.workers ?? {}).length === SIZE
  }

  for (const options of [{ size: SIZE }, {}]) {
    for (const idiom of [...Object.keys(onWorkers), ...Object.keys(onCluster)]) {
      it(`has its size after a crash and a roll, ${options.size ? 'told' : 'not told'} it, where the answer is to ${idiom}`, async () => {
        await prepare()
        const start: Start = () => {
          const worker = cluster.fork()
          onWorkers[idiom]?.(worker, start)
          return worker
        }
        const listener = onCluster[idiom]?.(start)
        if (listener) {
          mine.push(listener)
          cluster.on(...listener)
        }
        for (let i = 0; i < SIZE; i++) start()
        const { workers, roll } = supervise(options)
        await waitFor(isWhole, DEADLINE_MS, 'the pool has begun')
        process.kill(workers.call(pool)[0]?.pid ?? 0, 'SIGKILL')
        await waitFor(() => forks > SIZE, DEADLINE_MS, 'somebody forks')
        await waitFor(isWhole, DEADLINE_MS, 'the pool is whole after the crash')
        assert.equal((await within(roll.call(pool), DEADLINE_MS, 'the roll ends')).status, 'done')
        await new Promise((resolve) => setTimeout(resolve, 1000)) // for what the application may still do
        await waitFor(isWhole, DEADLINE_MS, 'the pool is whole after the roll')
        // The first, one for the crash and one for each of the roll by the pool, and an answer to each of these ends.
        assert.ok(forks <= SIZE + 2 * (1 + SIZE), `${forks} forks`)
        assert.equal(warnings.length, 1, warnings.join('\n'))
        assert.match(warnings[0] ?? '', /remove the handler of 'exit' or 'disconnect', of the cluster or of a worker, that forks$/)
      })
    }
  }

  it('breaks its loop when the workers crash at once', async () => {
    await prepare()
    const env = { APP_CRASH_FILE: crashFile }
    const start: Start = () => cluster.fork(env).on('exit', start)
    for (let i = 0; i < SIZE; i++) start()
    const { workers } = supervise({ env, startBackoff: '20s', maxStartBackoff: '20s' })
    await waitFor(isWhole, DEADLINE_MS, 'the pool has begun')
    writeFileSync(crashFile, '')
    process.kill(workers.call(pool)[0]?.pid ?? 0, 'SIGKILL')
    await waitFor(() => warnings.length > 0, DEADLINE_MS, 'the application is told')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    assert.ok(forks <= SIZE + 3, `${forks} forks`)
  })
})

/** Nothing is forked for its end any more. Of its process the first listener each is that of node:cluster. */
function leaveUnanswered(worker: Worker): void {
  worker.removeAllListeners()
  worker.process.removeAllListeners('close')
  for (const name of ['exit', 'disconnect']) {
    for (const listener of worker.process.rawListeners(name).slice(1)) worker.process.off(name, listener as () => void)
  }
}
