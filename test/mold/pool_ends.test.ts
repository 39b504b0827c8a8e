/** Processes that do not start, do not end, or say nothing of it: what the user of a pool is told, and what is left. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleMold } from '../support/mold_bundle.ts'
import { MoldPrimary, stopMoldPrimaries, type MoldPrimaryOptions } from '../support/mold_primary.ts'
import { statFields } from '../support/programs.ts'
import { waitFor, within } from '../support/wait_for.ts'
import type { MoldPool, MoldPoolOptions } from '../../src/mold.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 30
const QUICK: MoldPrimaryOptions = { workers: 1, startBackoff: 1, maxStartBackoff: 50, maxStartFailures: 2, termTimeout: '500ms' }

describe('a pool of copies', () => {
  let folder: string
  let child: ChildProcess | undefined
  before(function () {
    needsForks(this)
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-pool-ends-'))
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await stopMoldPrimaries()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const mode of ['cow', 'spawn'] as const) {
    for (const [what, options, reason] of [
      ['an environment that is too long', { env: { A: 'x'.repeat(300_000) } }, /E2BIG/],
      ['an environment with a zero byte', { env: { A: 'a\0b' } }, /null bytes/],
      ['an argument with a zero byte', { execArgv: ['a\0'] }, /null bytes/],
      ['a title that is too long', { title: 'x'.repeat(1e6) }, /E2BIG/],
    ] as const) {
      it(`says that ${what} lets no process start, in mode ${mode}`, async () => {
        const { pool: { MoldPool: Pool }, app } = await bundled()
        const start = Pool.start({ ...QUICK, app, workers: 1, listen: { port: 0, host: '127.0.0.1' }, execArgv: [], mode, ...options })
        await assert.rejects(within(start, DEADLINE_MS, 'start is settled'), (error: Error) => {
          assert.match(error.message, reason)
          assert.ok(error.message.length < 5000)
          return true
        })
      })
    }
  }

  describe('that is killed', () => {
    for (const mode of ['cow', 'spawn'] as const) {
      it(`has sent SIGKILL to all when kill() returns, in mode ${mode}`, async () => {
        const { app } = await bundled()
        const others = childrenOf(process.pid)
        const { pool, supervisor } = await startPool({ app, workers: 3, mode })
        const [stopped, busy] = pool.workers()
        process.kill(stopped?.pid ?? 0, 'SIGSTOP')
        http.get({ port: portOf(pool), host: '127.0.0.1', path: '/spin', agent: false }).on('error', () => undefined)
        const pids = childrenOf(process.pid).filter((pid) => !others.includes(pid))
        assert.ok(pids.includes(busy?.pid ?? 0) && pids.length >= pool.workers().length)
        const killed = supervisor.kill()
        for (const pid of pids) {
          // Nothing of this loop has run since: it is the kernel that has ended them, and they are not reaped.
          blockUntil(() => ['Z', 'X', undefined].includes(statFields(pid)?.[0]), `process ${pid} has ended`)
        }
        await within(killed, DEADLINE_MS, 'all are reaped')
        assert.deepEqual(pids.filter((pid) => statFields(pid) !== undefined), [])
        await pool.close()
      })
    }

    it('ends a child that its mold is just forking, and those that a close() waits for', async () => {
      const { app } = await bundled()
      const { pool, supervisor } = await startPool({ app, workers: 2, drainTimeout: '10m' })
      for (const step of ['forked', 'hello']) writeFileSync(join(folder, `stop-say-${step}`), '') // nobody tells of the child
      const before = childrenOf(process.pid)
      void pool.recycle(pool.workers()[0]?.id ?? 0)
      await waitFor(() => childrenOf(process.pid).length > before.length, DEADLINE_MS, 'it forks')
      http.get({ port: portOf(pool), host: '127.0.0.1', path: '/?ms=600000', agent: false }).on('error', () => undefined)
      const closing = pool.close()
      await within(supervisor.kill(), DEADLINE_MS, 'kill is settled')
      await within(closing, DEADLINE_MS, 'close is settled')
      assert.deepEqual(childrenOf(process.pid), before.filter((pid) => statFields(pid) !== undefined))
    })
  })

  describe('with a slow reader', () => {
    const slowly = `
      import http from 'node:http'
      export default {
        load() { for (let i = 0; i < 3000; i++) console.log(String(i).padEnd(200, 'x')) },
        async start(_, worker) { await worker.listen(http.createServer((_, response) => response.end('ok'))) },
      }`

    it('forks when its output has been taken, and loses nothing of it', async () => {
      const program = await programOf(slowly, 'await pool.close()', 'maxStartFailures: 1')
      child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
      await sleep(2500)
      let text = ''
      child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      assert.deepEqual(await within(once(child, 'close'), DEADLINE_MS, 'the program ends'), [0, null])
      const lines = text.trimEnd().split('\n')
      assert.deepEqual([lines.length, lines[2999]], [3000, '2999'.padEnd(200, 'x')])
    })

    it('loses nothing of it when it ends', async () => {
      const program = await programOf(slowly.replace("'x'))", "'x')); throw new Error('so')"), '')
      child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe'] })
      let text = ''
      let errors = ''
      child.stderr?.setEncoding('utf8').on('data', (piece: string) => (errors += piece))
      await waitFor(() => errors.includes('Error: so'), DEADLINE_MS, 'load has failed')
      child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      await within(once(child, 'close'), DEADLINE_MS, 'the program ends')
      assert.deepEqual([text.length, text.trimEnd().split('\n').at(-1)], [3000 * 201, '2999'.padEnd(200, 'x')])
    })

    it('says so when its output is not taken', async () => {
      const program = await programOf(slowly, '', "forkTimeout: '1s', maxStartFailures: 1")
      child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe'] })
      let text = ''
      child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      await waitFor(() => /FAILED .*\n/.test(text), DEADLINE_MS, 'it says so')
      assert.match(text, /a copy of the mold would not be safe: what was written to stdout has not all been taken by its reader/)
    })

    it('waits for requests that are under way when load has ended', async () => {
      const program = await programOf(`
        import { pbkdf2 } from 'node:crypto'
        import http from 'node:http'
        export default {
          load() { pbkdf2('password', 'salt', 600000, 64, 'sha512', () => undefined) },
          async start(_, worker) { await worker.listen(http.createServer((_, response) => response.end('ok'))) },
        }`, 'await pool.close()', 'maxStartFailures: 1')
      child = spawn(process.execPath, [program], { stdio: ['ignore', 'inherit', 'inherit'] })
      assert.deepEqual(await within(once(child, 'close'), DEADLINE_MS, 'the program ends'), [0, null])
    })
  })

  describe('says', () => {
    for (const [code, exit] of [[0, 'process.exit()'], [7, 'process.exit(7)']] as const) {
      it(`with what code load ended the process: ${code}`, async () => {
        const { pool: { MoldPool: Pool } } = await bundled()
        const app = join(folder, 'app.mjs')
        writeFileSync(app, `export default { load() { ${exit} }, start() {} }`)
        await assert.rejects(Pool.start({ app, workers: 1, listen: { port: 0, host: '127.0.0.1' }, execArgv: [] }),
          new RegExp(`the mold \\(pid \\d+\\) ended with exit code ${code}$`))
      })
    }

    it('which hook hangs', async () => {
      for (const point of ['beforeFork', 'afterFork'] as const) {
        const { failure } = await MoldPrimary.start({ ...QUICK, maxStartFailures: 1, startTimeout: '2s', forkTimeout: '4s', faults: [`hang-${point}`] })
        assert.match(failure?.message ?? '', new RegExp(`within \\d+s: busy with the ${point} hook 'test'$`))
      }
      const primary = await MoldPrimary.start({ ...QUICK, workers: 2, drainTimeout: '1s', promoteTimeout: '1s', canaryTimeout: '2s' })
      for (const [step, what] of [
        ['beforePromote', "the beforePromote hook 'test'"], ['afterPromote', "the afterPromote hook 'test'"], ['check', 'check() of the application'],
      ] as const) {
        primary.break(`hang-${step}`)
        const { failure } = await primary.refork()
        assert.ok(failure?.endsWith(`within 2s: busy with ${what}`), failure)
        primary.mend(`hang-${step}`)
        await primary.isWhole()
        await sleep(60)
      }
    })

    it('that it is closed, and lists none that have ended', async () => {
      const { app } = await bundled()
      const { pool } = await startPool({ app, workers: 2 })
      writeFileSync(join(folder, 'wait-beforePromote'), '')
      const cut = pool.refork()
      await waitFor(() => readFileSync(join(folder, 'at-beforePromote'), { flag: 'a+' }).length > 0, DEADLINE_MS, 'it is promoted')
      const closing = pool.close()
      rmSync(join(folder, 'wait-beforePromote'))
      await within(closing, DEADLINE_MS, 'it is closed')
      const after = await pool.refork()
      for (const { status, failure, outcome } of [await cut, after]) {
        assert.deepEqual([status, failure, outcome.status, outcome.failure], ['stopped', 'the pool was closed', 'stopped', 'the pool was closed'])
      }
      assert.deepEqual(after.outcome.kept, [])
      assert.deepEqual((await pool.status()).workers, [])
    })

    it('no more of an error than a screen can take', async () => {
      const program = await programOf('export default { load() {}, start() { throw new Error(\'x\'.repeat(5e6)) } }', '', 'maxStartFailures: 2, startBackoff: 1')
      child = spawn(process.execPath, [program], { stdio: ['ignore', 'inherit', 'pipe'] })
      let text = ''
      child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      await within(once(child, 'close'), DEADLINE_MS, 'it ends')
      assert.match(text, /FAILED the workers do not start/)
      assert.ok(text.length < 20_000, `${text.length} characters`)
    })
  })

  async function programOf(app: string, then: string, options = ''): Promise<string> {
    const { doors } = await bundleMold()
    writeFileSync(join(folder, 'app.mjs'), app)
    const program = join(folder, 'primary.mjs')
    writeFileSync(program, `
      import { MoldPool } from '${doors.mold}'
      const pool = await MoldPool.start({
        app: '${join(folder, 'app.mjs')}', workers: 1, listen: { port: 0, host: '127.0.0.1' }, ${options}
      }).catch(({ message }) => console.error('FAILED', message))
      ${then}`)
    return program
  }

  async function startPool(options: Omit<MoldPoolOptions, 'listen' | 'env'>): Promise<{ pool: MoldPool, supervisor: { kill(): Promise<void> } }> {
    const { pool: { MoldPool: Pool } } = await bundled()
    const pool = await Pool.start({ listen: { port: 0, host: '127.0.0.1' }, execArgv: [], env: { APP_FOLDER: folder }, ...options })
    return { pool, supervisor: pool }
  }

  /** As compiled: processes of the pool could not be started from the sources. */
  async function bundled(): Promise<{ app: URL; pool: typeof import('../../src/mold.ts') }> {
    const { app, doors } = await bundleMold()
    return { app, pool: await import(doors.mold) as typeof import('../../src/mold.ts') }
  }
})

function portOf({ addresses: [address] }: MoldPool): number {
  return address !== undefined && 'port' in address ? address.port : 0
}

function childrenOf(pid: number): number[] {
  const all = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
  return all.split(' ').filter((name) => name !== '').map(Number)
}

function blockUntil(isSo: () => boolean, what: string): void {
  const deadline = performance.now() + DEADLINE_MS
  while (!isSo()) if (performance.now() > deadline) assert.fail(`${what}: not within ${DEADLINE_MS} ms`)
}
