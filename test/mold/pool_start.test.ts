/** How a pool starts and ends: whom it asks whether processes can be copied, as whom they run, and when nobody can connect any more. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlOf, MoldPrimary, stopMoldPrimaries } from '../support/mold_primary.ts'
import { bundleMold } from '../support/mold_bundle.ts'
import { skip } from '../support/skip.ts'
import { waitFor, within } from '../support/wait_for.ts'
import { MoldPool } from '../../src/mold.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 30
const NOBODY = 65_534

describe('a pool of copies', () => {
  let folder: string
  let child: ChildProcess | undefined
  before(function () {
    needsForks(this)
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-pool-start-'))
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await stopMoldPrimaries()
    rmSync(folder, { recursive: true, force: true })
  })

  describe('that ends', () => {
    it('refuses connections at once, while what was asked is answered', async () => {
      const path = join(folder, 'socket')
      const primary = await MoldPrimary.start({ listen: [{ port: 0, host: '127.0.0.1' }, { path }] })
      primary.break('wait-drain')
      const answer = primary.get('/?ms=300')
      await once(await connectTo(primary.port), 'connect')
      const closed = primary.close()
      await waitFor(async () => (await codeOf(primary.port)) === 'ECONNREFUSED', DEADLINE_MS, 'connections are refused')
      assert.match(await answer, /^\d+$/)
      assert.deepEqual([await codeOf(primary.port), await codeOf(path), existsSync(path)], ['ECONNREFUSED', 'ENOENT', false])
      assert.ok([...primary.children()].length > 0, 'workers have not ended yet')
      primary.mend('wait-drain')
      await closed
    })

    it('leaves the port to another when its supervisor was killed', async () => {
      const path = join(folder, 'socket')
      const primary = await MoldPrimary.start({ listen: [{ port: 0, host: '127.0.0.1' }, { path }] })
      await primary.isWhole()
      primary.break('wait-drain')
      primary.child.kill('SIGKILL')
      await waitFor(async () => (await codeOf(primary.port)) === 'ECONNREFUSED', DEADLINE_MS, 'connections are refused')
      await primary.waiting('drain')
      assert.equal(await codeOf(path), 'ECONNREFUSED')
      const next = await MoldPrimary.start({ listen: [{ port: primary.port, host: '127.0.0.1' }, { path }] })
      assert.deepEqual([next.failure, await codeOf(path)], [undefined, undefined])
      assert.match(await next.get(), /^\d+$/)
      primary.mend('wait-drain')
      await primary.isGone()
      assert.deepEqual([existsSync(path), await codeOf(path)], [true, undefined], 'what follows keeps its own')
    })
  })

  it('starts where the supervisor itself could not be forked', async () => {
    const { app, doors } = await bundleMold()
    const program = join(folder, 'primary.mjs')
    writeFileSync(program, `
      import { watch } from 'node:fs'
      import { forkSupport, MoldPool } from '${doors.mold}'
      watch('.')
      const pool = await MoldPool.start({ app: '${app.href}', workers: 1, listen: { port: 0, host: '127.0.0.1' } })
      console.log(JSON.stringify([forkSupport().supported, pool.copies]))
      await pool.close()
      process.exit()`)
    assert.deepEqual(JSON.parse(await outputOf([program])), [false, true])
  })

  it('starts from code on the command line', async () => {
    const { app, doors } = await bundleMold()
    const code = `import('${doors.mold}').then(async ({ MoldPool }) => {
      const pool = await MoldPool.start({ app: '${app.href}', workers: 1, listen: { port: 0, host: '127.0.0.1' } })
      console.log(JSON.stringify(pool.copies))
      await pool.close()
    })`
    assert.equal(await outputOf(['-e', code]), 'true\n')
  })

  it('says what became of the process that was to try it', async () => {
    const primary = await MoldPrimary.start({ execArgv: ['--no-such-option'] })
    assert.equal(primary.failure?.code, 'ERR_FORK_UNSUPPORTED')
    assert.match(primary.failure.message, /^no copies of processes can be made here: the process that was to try it ended with exit code 9; mode/)
  })

  it('removes the file of a socket when another cannot be had', async () => {
    const path = join(folder, 'socket')
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const primary = await MoldPrimary.start({ listen: [{ path }, { port, host: '127.0.0.1' }] })
    server.close()
    assert.deepEqual([primary.failure?.code, existsSync(path)], ['EADDRINUSE', false])
  })

  describe('with a signal', () => {
    it('ends what it has started, at whatever moment, and rejects with the reason', async () => {
      const { app, pool: { MoldPool: Pool } } = await bundled()
      const path = join(folder, 'socket')
      const options = { app, workers: 1, listen: { path }, execArgv: [], startTimeout: '1m' } as const
      const reason = new Error('the test has had enough')
      await assert.rejects(Pool.start({ ...options, signal: AbortSignal.abort(reason) }), reason)
      for (const step of ['load', 'start']) {
        writeFileSync(join(folder, `wait-${step}`), '')
        const controller = new AbortController()
        const started = Pool.start({ ...options, signal: controller.signal, env: { APP_FOLDER: folder }, drainTimeout: '1s', termTimeout: '500ms' })
        const rejected = assert.rejects(started, reason)
        await waitFor(() => existsSync(join(folder, `at-${step}`)), DEADLINE_MS, `it comes to ${step}`)
        const pid = Number(readFileSync(join(folder, `at-${step}`), 'utf8'))
        controller.abort(reason)
        await within(rejected, DEADLINE_MS, 'start rejects')
        assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
        assert.equal(existsSync(path), false)
        rmSync(join(folder, `wait-${step}`))
      }
      const controller = new AbortController()
      const pool = await Pool.start({ ...options, signal: controller.signal, env: { APP_FOLDER: folder } })
      controller.abort()
      assert.equal(pool.workers().length, 1, 'it has no effect later')
      await pool.close()
    })

    it('rejects while the trial runs', async () => {
      const { app, pool: { MoldPool: Pool } } = await bundled()
      const controller = new AbortController()
      const started = Pool.start({ app, workers: 1, listen: { port: 0 }, execArgv: [], signal: controller.signal })
      controller.abort()
      await assert.rejects(started, { name: 'AbortError' })
    })
  })

  describe('of another user', () => {
    it('has mold and workers run as that user, over reforks', async function () {
      if (process.getuid?.() !== 0) skip(this, 'only root can start processes as another user')
      const { primary: program } = await bundleMold()
      if (!isOpenToAll(program)) skip(this, 'the other user cannot read the sources')
      const primary = await MoldPrimary.start({ uid: NOBODY, gid: NOBODY })
      assert.equal(primary.failure, undefined, primary.failure?.message)
      assert.equal((await primary.refork()).status, 'done')
      await primary.isWhole()
      for (const pid of primary.children().keys()) assert.equal(statSync(`/proc/${pid}`).uid, NOBODY)
      const control = controlOf(await primary.mold() ?? 0)
      primary.child.kill('SIGKILL')
      await primary.isGone()
      assert.equal(existsSync(control ?? ''), false)
    })

    it('is refused to whoever is not root, and leaves nothing behind', async function () {
      const { app, doors, primary: program } = await bundleMold()
      if (!isOpenToAll(program)) skip(this, 'the other user cannot read the sources')
      const code = `import('${doors.mold}').then(({ MoldPool }) => MoldPool.start({
        app: '${app.href}', workers: 1, listen: { port: 0, host: '127.0.0.1' }, uid: 1, gid: 1,
      })).catch((error) => console.log(JSON.stringify([error.code, error.message])))`
      assert.deepEqual(JSON.parse(await outputOf(['-e', code], process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {})),
        ['EPERM', 'cannot run the processes of the pool as uid 1 and gid 1: EPERM (that takes root)'])
    })

    it('needs to know both user and group', async () => {
      const fine = { app: '/x.js', workers: 1, listen: { port: 0 } }
      await assert.rejects(MoldPool.start({ ...fine, uid: 33 }), { name: 'TypeError', message: '"uid" and "gid" must be given together' })
      await assert.rejects(MoldPool.start({ ...fine, uid: 33, gid: -1 }), { name: 'TypeError', message: /^"gid" must be an integer from 0/ })
      await assert.rejects(MoldPool.start({ ...fine, signal: {} as AbortSignal }), { name: 'TypeError', message: /^"signal" must be an AbortSignal/ })
    })
  })

  /** As compiled: processes of the pool could not be started from the sources. */
  async function bundled(): Promise<{ app: URL; pool: typeof import('../../src/mold.ts') }> {
    const { app, doors } = await bundleMold()
    return { app, pool: await import(doors.mold) as typeof import('../../src/mold.ts') }
  }

  async function outputOf(args: readonly string[], user: { uid?: number; gid?: number } = {}): Promise<string> {
    child = spawn(process.execPath, args, { cwd: folder, ...user, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    assert.deepEqual(await within(once(child, 'close'), DEADLINE_MS, 'the program ends'), [0, null])
    return text
  }
})

async function connectTo(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined)
  setTimeout(() => socket.destroy(), 50)
  return socket
}

/** undefined: there was a connection. */
function codeOf(where: number | string): Promise<string | undefined> {
  const socket = typeof where === 'number' ? net.connect(where, '127.0.0.1') : net.connect(where)
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(undefined)).once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
  }).finally(() => socket.destroy()) as Promise<string | undefined>
}

function isOpenToAll(file: string): boolean {
  accessSync(file, constants.R_OK)
  for (let path = join(file, '..'); path !== '/'; path = join(path, '..')) if ((statSync(path).mode & 0o005) !== 0o005) return false
  return (statSync(file).mode & 0o004) !== 0
}
