/** Pools where processes cannot be copied, and where they could be and are not meant to be. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MoldPrimary, stopMoldPrimaries, type MoldPrimaryOptions } from '../support/mold_primary.ts'
import { compileObstacles, type Obstacles } from '../fork/support/obstacles.ts'
import { waitFor } from '../support/wait_for.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 30
const WITHOUT_ADDON = { SMEM_TS_BACKEND: 'typescript' }

/** The supervisor inherits it: what cannot fork is to be itself. */
async function startWith(env: NodeJS.ProcessEnv, options: MoldPrimaryOptions): Promise<MoldPrimary> {
  return MoldPrimary.start({ ...options, primaryEnv: env })
}

describe('a pool where processes cannot be copied', () => {
  afterEach(stopMoldPrimaries)

  it('is refused in mode cow, with the reason and the way out', async () => {
    const primary = await startWith(WITHOUT_ADDON, { mode: 'cow' })
    assert.equal(primary.failure?.code, 'ERR_FORK_UNSUPPORTED')
    assert.match(primary.failure.message, new RegExp('^no copies of processes can be made here: forking needs the addon: '
      + "SMEM_TS_BACKEND=typescript asks for it.*; mode 'auto' or 'spawn' has each worker load the application by itself$"))
    assert.deepEqual([...primary.children()], [])
  })

  it('has each worker load the application in mode auto, and says so in an event and in its status', async () => {
    const primary = await startWith(WITHOUT_ADDON, { mode: 'auto' })
    assert.equal(primary.failure, undefined)
    await primary.isWhole(2, 0)
    await waitFor(() => primary.count('warning') > 0, DEADLINE_MS, 'it is told')
    assert.match(primary.warnings().join(), /^workers share no memory: no copies of processes can be made here: forking needs the addon/)
    const { copies, obstacle, mold, workers } = await primary.status()
    assert.deepEqual([copies, mold, workers.length], [false, undefined, 2])
    assert.match(obstacle ?? '', /^forking needs the addon/)
    const answers = new Set<string>()
    await waitFor(async () => answers.add(await primary.get()).size === 2, DEADLINE_MS, 'both workers answer')
    assert.equal((await primary.roll()).status, 'done')
    await primary.isWhole(2, 0)
    assert.match(await primary.get(), /^\d+$/)
    await primary.close()
    await primary.isGone()
  })

  it('listens on Unix sockets too, takes the place of a file that nobody listens on, and removes its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'smem-ts-plain-sockets-'))
    const path = join(folder, 'socket')
    try {
      for (const way of ['killed', 'closed']) {
        const primary = await startWith(WITHOUT_ADDON, { mode: 'spawn', listen: [{ port: 0 }, { path }], env: { APP_SECOND: 'yes' } })
        assert.equal(primary.failure, undefined)
        const [response] = await once(http.get({ socketPath: path, agent: false }), 'response') as [http.IncomingMessage]
        assert.equal(String(await response.toArray()), 'second')
        assert.match(await primary.get(), /^\d+$/)
        assert.equal((await primary.status()).obstacle, undefined)
        if (way === 'killed') await primary.stop()
        else await primary.close()
      }
      assert.equal(existsSync(path), false)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('says who has the port', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const primary = await startWith(WITHOUT_ADDON, { mode: 'spawn', listen: { port, host: '127.0.0.1' } })
    server.close()
    assert.equal(primary.failure?.code, 'EADDRINUSE')
    assert.match(primary.failure.message, /^cannot listen on 127.0.0.1, port \d+: EADDRINUSE \(another process listens there\)$/)
  })

  describe('as a trial shows', () => {
    let obstacles: Obstacles | undefined
    before(async function () {
      needsForks(this)
      obstacles = await compileObstacles()
      obstacles.put('b')
    })
    after(() => obstacles?.remove())

    it('is refused in mode cow, with the step that failed, and spawns in mode auto', async () => {
      const reason = /no copies of processes can be made here: process \d+ could not be forked: thread \d+ \(obstacle\) did not come to rest/
      const refused = await startWith(obstacles?.env ?? {}, { mode: 'cow' })
      assert.equal(refused.failure?.code, 'ERR_FORK_UNSUPPORTED')
      assert.match(refused.failure.message, reason)
      const spawned = await startWith(obstacles?.env ?? {}, { mode: 'auto' })
      await spawned.isWhole(2, 0)
      await waitFor(() => spawned.count('warning') > 0, DEADLINE_MS, 'it is told')
      assert.match(spawned.warnings().join(), reason)
    })
  })
})

describe('a pool where processes can be copied', () => {
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  it('copies them in mode auto, and has nothing to say of it', async () => {
    const primary = await MoldPrimary.start({ mode: 'auto' })
    await primary.isWhole()
    const { copies, obstacle } = await primary.status()
    assert.deepEqual([copies, obstacle, primary.warnings()], [true, undefined, []])
  })
})
