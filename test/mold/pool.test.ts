import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MoldPool } from '../../src/mold.ts'
import { certificate } from '../support/certificate.ts'
import { MoldPrimary, stopMoldPrimaries } from '../support/mold_primary.ts'
import { statFields } from '../support/programs.ts'
import { waitFor } from '../support/wait_for.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 30

interface Answer {
  readonly pid: number
  readonly id: number
  readonly slot: number
  readonly generation: number
  readonly served: number
  readonly title: string
  readonly random: number
}

async function whoIs(primary: MoldPrimary): Promise<Answer> {
  return JSON.parse(await primary.get('/whoami')) as Answer
}

describe('MoldPool', () => {
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  it('has workers answer that are copies of one process, each with an identity of its own', async () => {
    const primary = await MoldPrimary.start()
    await primary.isWhole()
    const answers = new Map<number, Answer>()
    await waitFor(async () => {
      const answer = await whoIs(primary)
      answers.set(answer.pid, answer)
      return answers.size === 2
    }, DEADLINE_MS, 'both workers answer')
    for (const { pid, id, slot, generation } of await primary.workers()) {
      const answer = answers.get(pid)
      assert.deepEqual([answer?.id, answer?.slot, answer?.generation, answer?.title], [id, slot, generation, `app: worker ${slot} gen 0`])
      assert.equal(statFields(pid)?.[1], String(primary.pid), 'it is a child of the supervisor')
      assert.match(readFileSync(`/proc/${pid}/cmdline`, 'latin1'), new RegExp(`^app: worker ${slot} gen 0`))
    }
    assert.equal(new Set([...answers.values()].map(({ random }) => random)).size, 2, 'Math.random differs')

    const { mold, workers, generation } = await primary.status()
    assert.equal(mold?.pid, await primary.mold())
    assert.equal(generation, 0)
    for (const { pss = 0, uss = 0, rss = 0, sharedShare = 0 } of workers) {
      assert.ok(uss > 0 && pss > uss && rss > pss)
      assert.ok(sharedShare > 0.5, 'most of it is shared')
    }
    await primary.close()
    await primary.isGone()
  })

  it('makes the worker with the most requests the mold, and the others copies of it', async () => {
    const primary = await MoldPrimary.start()
    const before = await whoIs(primary)
    await waitFor(async () => (await whoIs(primary)).served >= 10, DEADLINE_MS, 'they have served')
    const refork = await primary.refork()
    assert.equal(refork.status, 'done')
    assert.equal(refork.outcome.replaced.length, 2)
    const { promoteMs = 0, canaryMs = 0, rollMs = 0 } = refork.steps
    assert.ok(promoteMs > 0 && canaryMs > 0 && rollMs > 0 && promoteMs + canaryMs + rollMs <= refork.tookMs)
    assert.ok((refork.before.pss ?? 0) > 0 && (refork.after.pss ?? 0) > 0 && refork.tookMs > 0)
    await primary.isWhole()
    const answer = await whoIs(primary)
    assert.equal(answer.generation, 1)
    assert.ok(answer.served > 5, 'it goes on from what the warmest worker had')
    assert.notEqual(answer.pid, before.pid)
    assert.equal(primary.count('refork'), 1)
    assert.equal(primary.count('rollEnded'), 1)
  })

  it('keeps neither descriptors nor threads over reforks, in the supervisor and in the mold', async () => {
    const primary = await MoldPrimary.start({ workers: 1 })
    const look = async (): Promise<readonly number[]> => {
      await primary.isWhole(1)
      return [(await primary.footprint()).descriptors, descriptorsOf(await primary.mold()), threadsOf(await primary.mold())]
    }
    await primary.refork()
    const first = await look()
    for (let turn = 0; turn < 5; turn++) assert.equal((await primary.refork()).status, 'done')
    await waitFor(async () => String(await look()) === String(first), DEADLINE_MS, `there are ${first.join(', ')} again`)
  })

  for (const [mode, step] of [['cow', 'afterFork'], ['spawn', 'load']] as const) {
    it(`hears of the requests of a worker that was slow to start, in mode ${mode}`, async () => {
      const primary = await MoldPrimary.start({ mode })
      primary.break(`wait-${step}`)
      const [worker] = await primary.workers()
      const recycling = primary.recycle(worker?.id ?? 0)
      await primary.waiting(step)
      // Its hello was heard before this is answered.
      await primary.status()
      primary.mend(`wait-${step}`)
      assert.equal((await recycling).status, 'done')
      await waitFor(async () => (await primary.status()).workers.every(({ requests }) => requests !== undefined), DEADLINE_MS, 'it reports')
    })
  }

  it('starts two copies at a time in a roll, and as many as it is told to', async () => {
    for (const [options, surge] of [[{}, 2], [{ maxSurge: 1 }, 1]] as const) {
      const primary = await MoldPrimary.start({ ...options, workers: 3 })
      primary.break('wait-start-gen1')
      const reforking = primary.refork()
      await primary.waiting('start-gen1')
      const starting = async (): Promise<number> => (
        (await primary.workers()).filter(({ state, generation }) => state === 'starting' && generation === 1).length)
      await waitFor(async () => (await starting()) === surge, DEADLINE_MS, `${surge} start`)
      assert.equal((await primary.workers()).length, 3 + surge)
      primary.mend('wait-start-gen1')
      assert.equal((await reforking).status, 'done')
      await primary.isWhole(3)
    }
  })

  it('reforks once when it is asked twice, and not at all when it is stopped', async () => {
    const primary = await MoldPrimary.start({ startBackoff: 1 })
    const [one, other] = await Promise.all([primary.refork(), primary.roll()])
    assert.deepEqual([one.status, other], ['done', one.outcome])
    assert.equal(primary.count('rollStarted'), 1)
    const stopped = primary.refork()
    await primary.stopRolling()
    assert.equal((await stopped).status, 'stopped')
    await primary.isWhole()
    assert.equal(primary.count('rollStarted'), 1)
  })

  it('answers what it has been asked when it is closed in the midst of a refork', async () => {
    const primary = await MoldPrimary.start()
    const answers = Array.from({ length: 8 }, () => primary.get('/?ms=400'))
    await waitFor(async () => (await primary.status()).workers.length === 2, DEADLINE_MS, 'it answers')
    void primary.refork().catch(() => undefined)
    await primary.status()
    await primary.close()
    assert.equal((await Promise.all(answers)).filter((answer) => /^\d+$/.test(answer)).length, 8)
    await primary.isGone()
  })

  it('listens on several sockets, of Unix too, and removes the file', async () => {
    const path = join(tmpdir(), `smem-ts-mold-${process.pid}.sock`)
    const primary = await MoldPrimary.start({ listen: [{ port: 0, host: 'localhost' }, { path }], env: { APP_SECOND: 'yes' } })
    assert.match(await primary.get(), /^\d+$/)
    const [response] = await once(http.get({ socketPath: path, agent: false }), 'response') as [http.IncomingMessage]
    assert.equal(String(await response.toArray()), 'second')
    assert.equal((await primary.refork()).status, 'done')
    await primary.isWhole()
    await primary.close()
    assert.equal(existsSync(path), false)
  })

  it('drains HTTP/2 sessions', async () => {
    const primary = await MoldPrimary.start({ workers: 1, env: { APP_SERVER: 'h2c' } })
    const session = http2.connect(`http://127.0.0.1:${primary.port}`)
    const ask = async (): Promise<string> => String(await session.request({ ':path': '/' }).setEncoding('utf8').toArray())
    assert.match(await ask(), /^\d+$/)
    const closed = once(session, 'close')
    assert.equal((await primary.refork()).status, 'done')
    await closed
    await primary.isWhole(1)
    assert.equal(primary.count('forced'), 0)
  })

  it('serves HTTPS over a refork with a connection that is kept', async function () {
    const folder = mkdtempSync(join(tmpdir(), 'smem-ts-certificate-'))
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
    try {
      const primary = await MoldPrimary.start({ workers: 1, env: { APP_SERVER: 'https', ...certificate(this, folder) } })
      const ask = async (): Promise<string> => {
        const [response] = await once(https.get({ port: primary.port, host: '127.0.0.1', agent }), 'response') as [http.IncomingMessage]
        return String(await response.setEncoding('utf8').toArray())
      }
      const pids = new Set([await ask()])
      const reforking = primary.refork()
      let isOver = false
      void reforking.finally(() => (isOver = true))
      while (!isOver) pids.add(await ask())
      assert.equal((await reforking).status, 'done')
      assert.ok(pids.size > 1, 'another worker has answered')
      await primary.isWhole(1)
      assert.equal(primary.count('forced'), 0)
    } finally {
      agent.destroy()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('waits for connections that are idle as long as it is told to', async () => {
    // Without the option, a drain would wait for the ten minutes that the server keeps them.
    const primary = await MoldPrimary.start({
      workers: 1, closeIdleAfter: 20, drainTimeout: '20m', env: { APP_KEEP_ALIVE: String(1000 * 60 * 10) },
    })
    const agent = new http.Agent({ keepAlive: true })
    const request = http.get({ host: '127.0.0.1', port: primary.port, agent })
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    const { socket } = response
    const closed = once(socket, 'close')
    await response.resume().toArray()
    assert.equal((await primary.refork()).status, 'done')
    await closed
    agent.destroy()
    await primary.isWhole(1)
  })

  it('is refused with the name of what is wrong', async () => {
    const fine = { app: '/x.js', workers: 1, listen: { port: 0 } } as const
    for (const [options, message] of [
      [{ ...fine, workers: 0 }, /^"workers" must be an integer from 1 to 10000, got 0$/],
      [{ ...fine, app: '' }, /^"app" must be the file URL or the path of the module with the application, got ''$/],
      [{ ...fine, app: new URL('http://x/') }, /^"app" must be the URL of a file, got 'http:\/\/x\/'$/],
      [{ ...fine, listen: {} }, /^"listen" must have either a "port" or the "path" of a Unix socket, got neither$/],
      [{ ...fine, listen: [{ port: 1, path: 'x' }] }, /got both$/],
      [{ ...fine, listen: { port: 70_000 } }, /^"port" must be an integer from 0 to 65535, got 70000$/],
      [{ ...fine, listen: { port: 0, host: 5 } }, /^"host" of "listen" must be the name or the address for a port, got 5$/],
      [{ ...fine, mode: 'fork' }, /^"mode" must be 'cow' or 'spawn' or 'auto', got 'fork'$/],
      [{ ...fine, worker: 1 }, /^unknown option "worker" of MoldPool.start: did you mean "workers"\?$/],
      [{ ...fine, title: '' }, /^"title" must be a string that is not empty, got ''$/],
      [{ ...fine, execArgv: 'x' }, /^"execArgv" must be an array of strings, got 'x'$/],
      [{ ...fine, env: [] }, /^"env" must be an object, got an array$/],
      [{ ...fine, closeIdleAfter: Infinity }, /^"closeIdleAfter" must be a finite time of at least 0 ms, got Infinity$/],
      [{ ...fine, canaryTimeout: 0 }, /^"canaryTimeout" must be a finite time of at least 1 ms, got 0$/],
      [{ ...fine, drainTimeout: 'soon' }, /"drainTimeout"/],
    ] as const) {
      await assert.rejects(MoldPool.start(options as never), (error: Error) => error instanceof TypeError && message.test(error.message),
        JSON.stringify(options))
    }
  })

  describe('in mode spawn', () => {
    it('has each worker load the application, replaces them, and reforks none', async () => {
      const primary = await MoldPrimary.start({ mode: 'spawn' })
      await primary.isWhole(2, 0)
      assert.equal(await primary.mold(), undefined)
      const before = new Set((await primary.workers()).map(({ pid }) => pid))
      process.kill([...before][0] ?? 0, 'SIGKILL')
      await waitFor(() => primary.count('exit') === 1, DEADLINE_MS, 'the end is told')
      await primary.isWhole(2, 0)
      assert.equal((await primary.roll()).status, 'done')
      await primary.isWhole(2, 0)
      const answer = await whoIs(primary)
      assert.equal(answer.generation, 1)
      assert.ok(!before.has(answer.pid))
      await primary.close()
      await primary.isGone()
    })
  })
})

function threadsOf(pid = 0): number {
  return readdirSync(`/proc/${pid}/task`).length
}

function descriptorsOf(pid = 0): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
