/** Where pools listen: what cannot be, and sockets that nobody accepts from. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needsForks } from '../fork/support/run_program.ts'
import { bundleMold } from '../support/mold_bundle.ts'
import { MoldPrimary, stopMoldPrimaries } from '../support/mold_primary.ts'
import { skip } from '../support/skip.ts'
import { waitFor } from '../support/wait_for.ts'
import { toListenTarget } from '../../src/mold/mold_pool_options.ts'

const DEADLINE_MS = 1000 * 30

describe('a pool', () => {
  afterEach(stopMoldPrimaries)

  it('says that a host has no address', async () => {
    await assert.rejects(toListenTarget({ port: 80, host: 'nowhere.invalid' }), {
      name: 'SmemError', syscall: 'getaddrinfo',
      message: /^cannot listen on nowhere\.invalid, port 80: E\w+ \(no address could be found for that name; an address in figures/,
    })
  })

  it('without sockets does not start an application that listens a second time, and says what is missing', async function () {
    needsForks(this)
    const primary = await MoldPrimary.start({ listen: [], workers: 1, maxStartFailures: 20, startBackoff: '1m' })
    assert.match(primary.failure?.message ?? '', new RegExp('^the workers do not start: worker \\d+ \\(pid \\d+\\) start\\(\\) of the application '
      + 'failed: worker.listen: the pool has 0 listening sockets.*; "listen" of MoldPool.start must have one for each that the application takes$'))
  })

  it('says what keeps its processes from being copied when an io_uring does', async function () {
    needsForks(this)
    const env = { UV_USE_IO_URING: '1' }
    const primary = await MoldPrimary.start({ env, mode: 'auto' })
    const obstacle = (await primary.status()).obstacle
    if (obstacle === undefined) skip(this, 'no io_uring here')
    assert.match(obstacle, / \(UV_USE_IO_URING is set: take it out of the environment\)$/)
  })

  describe('of an application that does not listen', () => {
    let folder: string
    let app: string
    before(async function () {
      needsForks(this)
      folder = mkdtempSync(join(tmpdir(), 'smem-ts-pool-listen-'))
      app = join(folder, 'app.mjs')
      writeFileSync(app, `
        import http from 'node:http'
        import { defineApp } from '${(await bundleMold()).doors.mold}'
        export default defineApp({ load() {}, async start(_, worker) {
          const timer = setInterval(() => undefined, 1000)
          const server = http.createServer((request, response) => response.end())
          if (worker.slot === Number(process.env.LISTENER)) await worker.listen(server, 1)
          return { close() { clearInterval(timer), server.close() } }
        } })`)
    })
    after(() => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    })

    const warningsOf = async (listener: string): Promise<string[]> => {
      const path = join(folder, 'socket')
      const primary = await MoldPrimary.start({ app, listen: [{ port: 0, host: '127.0.0.1' }, { path }], env: { LISTENER: listener } } as object)
      const first = `nobody accepts from port ${primary.port}, and clients wait there: start() of the application has not called worker.listen(server)`
      await waitFor(() => primary.warnings().includes(first), DEADLINE_MS, 'it is told')
      await primary.refork()
      const others = primary.warnings().filter((warning) => warning !== first)
      await primary.close()
      return others.map((warning) => warning.replace(path, 'PATH'))
    }

    it('says once of which socket nobody accepts', async () => {
      assert.deepEqual(await warningsOf('none'),
        ['nobody accepts from PATH, and clients wait there: start() of the application has not called worker.listen(server, 1)'])
    })

    it('has nothing to say of a socket on which one worker listens', async () => {
      assert.deepEqual(await warningsOf('1'), [])
    })
  })
})
