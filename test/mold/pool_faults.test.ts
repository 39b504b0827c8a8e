/** Whatever is killed, stopped or thrown: the pool comes back to all workers serving, of one generation, and no other process. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { controlOf, MoldPrimary, stopMoldPrimaries, type MoldPrimaryOptions } from '../support/mold_primary.ts'
import { waitFor, within } from '../support/wait_for.ts'
import { needsForks } from '../fork/support/run_program.ts'
import { reforkWhenAllowed } from './support/refork_faults.ts'

const DEADLINE_MS = 1000 * 30
/** Nothing is tried later than a test should take. What takes time on a busy machine has it. */
const QUICK: MoldPrimaryOptions = { startBackoff: 1, maxStartBackoff: 50, restarts: { max: 1000 }, maxStartFailures: 2 }

describe('a pool of copies', () => {
  before(function () {
    needsForks(this)
  })
  afterEach(stopMoldPrimaries)

  describe('whose process is killed or stopped', () => {
    it('replaces a worker, and a mold, in office or as it forks', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, forkTimeout: '4s' })
      const [worker] = await primary.workers()
      process.kill(worker?.pid ?? 0, 'SIGKILL')
      await waitFor(() => primary.count('exit') === 1, DEADLINE_MS, 'the end of the worker is told')
      await primary.isWhole()

      const mold = await primary.mold() ?? 0
      process.kill(mold, 'SIGKILL')
      await waitFor(async () => ![undefined, mold].includes(await primary.mold()), DEADLINE_MS, 'there is another mold')
      await primary.isWhole()
      assert.match(primary.warnings().join(), /the mold \(pid \d+\) was ended by SIGKILL; the workers serve on/)

      primary.break('stop-beforeFork')
      const again = await primary.workers()
      const recycling = primary.recycle(again[0]?.id ?? 0)
      await waitFor(() => /does not fork any more, and is ended/.test(primary.warnings().join()), DEADLINE_MS, 'it is told')
      primary.mend('stop-beforeFork')
      await recycling
      await primary.isWhole()
    })

    it('serves on with copies of the old mold when the new one is lost at any step of a refork', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, drainTimeout: '1s', termTimeout: '500ms', promoteTimeout: '3s', canaryTimeout: '3s' })
      const mold = await primary.mold()
      const faults: [fault: string, reason: RegExp][] = [
        ['die-drain', /ended|was ended by SIGKILL/], ['die-close', /ended|SIGKILL/], ['die-beforePromote', /ended|SIGKILL/],
        ['die-afterPromote', /ended|SIGKILL/], ['die-check', /the canary .*(ended|SIGKILL)/],
        ['stop-close', /has not become a mold within 4s/], ['stop-check', /the canary .* has not answered within 3s/],
        ['fail-close', /close\(\) of the application failed: the test has close fail/],
        ['fail-beforePromote', /the beforePromote hook 'test' failed: the test has beforePromote fail/],
        ['fail-afterPromote', /the afterPromote hook 'test' failed/],
        ['fail-check', /a copy of the new mold does not work: check\(\) of the application: the test has check fail/],
      ]
      for (const [fault, reason] of faults) {
        primary.break(fault)
        const { status, failure } = await primary.refork()
        assert.equal(status, 'failed', fault)
        assert.match(failure ?? '', reason, fault)
        primary.mend(fault)
        await primary.isWhole()
        assert.equal(await primary.mold(), mold, fault)
        await new Promise((resolve) => setTimeout(resolve, 60)) // the back-off
      }
    })

    it('goes back when no worker of the new generation starts', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, faults: ['fail-start-gen1'] })
      const mold = await primary.mold()
      const { status, failure } = await primary.refork()
      assert.equal(status, 'failed')
      assert.match(failure ?? '', /start\(\) of the application failed: the test has start-gen1 fail/)
      await primary.isWhole()
      assert.equal(await primary.mold(), mold)
    })

    it('has workers of the generation of their mold when it has gone back', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, maxSurge: 1 })
      const mold = await primary.mold()
      primary.break('wait-start-gen1')
      const reforking = primary.refork()
      await primary.waiting('start-gen1')
      primary.break('fail-start-gen1') // of those that follow
      primary.mend('wait-start-gen1')
      assert.equal((await reforking).status, 'failed')
      await primary.isWhole()
      const status = await primary.status()
      assert.equal(status.mold?.pid, mold)
      const generations = new Set([status.generation, status.mold?.generation, ...status.workers.map(({ generation }) => generation)])
      assert.deepEqual([...generations], [2])
      assert.match(readFileSync(`/proc/${mold}/cmdline`, 'latin1'), /^app: mold gen 2/)
    })

    it('closes the application of a worker that did not become a mold in time once', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, drainTimeout: '500ms', promoteTimeout: '500ms', env: { APP_NOTES: 'yes' } })
      primary.break('wait-drain')
      const reforking = primary.refork()
      const candidate = await primary.waiting('drain')
      assert.match((await reforking).failure ?? '', /has not become a mold within 1s/)
      primary.break('wait-close')
      primary.mend('wait-drain')
      assert.equal(await primary.waiting('close'), candidate)
      primary.mend('wait-close')
      await primary.isWhole()
      assert.deepEqual(primary.notes('close'), [candidate])
      assert.deepEqual(primary.notes('beforePromote'), [])
    })

    it('does not have copies that nobody starts the application in do what it does at its end', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, env: { APP_NOTES: 'yes' } })
      const known = [...primary.children().keys()]
      primary.break('wait-afterPromote')
      const failing = primary.refork()
      const candidate = await primary.waiting('afterPromote')
      await primary.isWhole(2, 1, [candidate])
      known.push(...primary.children().keys())
      primary.break('fail-afterFork')
      primary.mend('wait-afterPromote')
      assert.match((await failing).failure ?? '', /the afterFork hook 'test' failed/)
      primary.mend('fail-afterFork')
      await primary.isWhole()
      known.push(...primary.children().keys())

      primary.break('wait-check')
      const reforking = reforkWhenAllowed(primary)
      reforking.catch(() => undefined)
      const canary = await primary.waiting('check')
      known.push(...[...primary.children().keys()].filter((pid) => pid !== canary))
      primary.child.kill('SIGKILL')
      await primary.isGone()
      await waitFor(() => primary.notes('exit').length >= 4, DEADLINE_MS, 'the candidate, the mold and two workers have come to their ends')
      assert.ok(primary.notes('exit').includes(candidate))
      assert.deepEqual(primary.notes('exit').filter((pid) => !known.includes(pid)), [])
    })

    it('is whole when the new mold is killed in the midst of the roll', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, workers: 3 })
      const mold = await primary.mold()
      const reforking = primary.refork()
      await waitFor(() => primary.count('rollStarted') === 1, DEADLINE_MS, 'the roll begins')
      process.kill(await primary.mold() ?? 0, 'SIGKILL')
      const { status } = await reforking
      await primary.isWhole(3)
      if (status === 'failed') assert.equal(await primary.mold(), mold)
    })

    it('ends without its supervisor, when the requests have been answered', async () => {
      const primary = await MoldPrimary.start()
      await primary.isWhole()
      const answer = primary.get('/?ms=500')
      await waitFor(async () => (await primary.status()).workers.length === 2, DEADLINE_MS, 'it answers')
      const control = controlOf(await primary.mold() ?? 0) ?? ''
      assert.ok(existsSync(control))
      primary.child.kill('SIGKILL')
      assert.match(await answer, /^\d+$/)
      await primary.isGone()
      assert.equal(existsSync(dirname(control)), false, 'the folder of the control socket is removed')
    })

    it('gets rid of a worker that is stuck', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, drainTimeout: '1s', termTimeout: '500ms' })
      const stuck = http.get({ host: '127.0.0.1', port: primary.port, path: '/spin' }).on('error', () => undefined)
      await new Promise((resolve) => setTimeout(resolve, 200))
      const { status, failure } = await primary.roll()
      assert.deepEqual([status, failure], ['done', undefined])
      await primary.isWhole()
      stuck.destroy()
      assert.ok(primary.count('forced') > 0)
    })
  })

  describe('whose application fails', () => {
    for (const [fault, reason] of [
      ['fail-load', /load\(\) of the application failed: the test has load fail/],
      ['fail-warm', /warm\(\) of the application failed: the test has warm fail/],
      ['fail-start', /the workers do not start: .*start\(\) of the application failed: the test has start fail/],
      ['fail-beforeFork', /the workers do not start: .*was not forked: the beforeFork hook 'test' failed/],
      ['fail-afterFork', /the workers do not start: .*the afterFork hook 'test' failed/],
      ['hang-start', /the workers do not start: .*was not ready within 3s/],
    ] as const) {
      it(`does not start with ${fault}, says why, and leaves nothing behind`, async () => {
        const primary = await MoldPrimary.start({ ...QUICK, startTimeout: '3s', faults: [fault] })
        assert.match(primary.failure?.message ?? '', reason)
        if (primary.child.exitCode === null) await within(once(primary.child, 'exit'), DEADLINE_MS, 'the supervisor ends')
        assert.deepEqual([...primary.children()], [])
      })
    }

    it('does not start where the port is taken', async () => {
      const server = net.createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const primary = await MoldPrimary.start({ listen: { port, host: '127.0.0.1' } })
      server.close()
      assert.equal(primary.failure?.code, 'EADDRINUSE')
      assert.deepEqual([...primary.children()], [])
    })

    it('tells of hooks of the parent that fail, and forks all the same', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, faults: ['fail-afterForkInParent'] })
      assert.equal(primary.failure, undefined)
      const [worker] = await primary.workers()
      await primary.recycle(worker?.id ?? 0)
      await waitFor(() => primary.warnings().length > 0, DEADLINE_MS, 'it is told')
      assert.match(primary.warnings().join(), /the mold .*: the afterForkInParent hook 'test' failed: the test has afterForkInParent fail/)
    })

    it('ends a worker whose close() fails, and says so', async () => {
      const primary = await MoldPrimary.start({ ...QUICK, faults: ['fail-close'] })
      const [worker] = await primary.workers()
      assert.equal((await primary.recycle(worker?.id ?? 0)).status, 'done')
      await primary.isWhole()
      assert.match(primary.warnings().join(), /worker 2 .*: close\(\) of the application failed: the test has close fail/)
      assert.equal(primary.count('forced'), 0)
    })
  })

  describe('that is not safe to fork', () => {
    it('promotes another worker, and none when there is no other, with the reason', async () => {
      const primary = await MoldPrimary.start(QUICK)
      const marked = new Set<string>()
      while (marked.size < 2) marked.add(await primary.get('/unsafe'))
      await waitFor(async () => (await primary.status()).workers.every(({ unsafe }) => unsafe.length > 0), DEADLINE_MS, 'the mark is reported')
      const { status, failure } = await primary.refork()
      assert.deepEqual([status, failure], ['failed', 'no worker can become a mold: the test has marked it'])
      const [worker] = await primary.workers()
      await primary.recycle(worker?.id ?? 0)
      await primary.isWhole()
      await new Promise((resolve) => setTimeout(resolve, 60))
      assert.equal((await primary.refork()).status, 'done')
      await primary.isWhole()
    })

    it('is not forked from a worker that keeps a connection open', async () => {
      const silent = net.createServer().listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const { port } = silent.address() as AddressInfo
      const primary = await MoldPrimary.start({ ...QUICK, workers: 1 })
      await primary.get(`/connection?port=${port}`)
      const { status, failure } = await primary.refork()
      assert.equal(status, 'failed')
      assert.match(failure ?? '', new RegExp(`it is not safe to fork: descriptor \\d+ is a tcp connection to 127.0.0.1:${port}`))
      await primary.isWhole(1)
      silent.close()
    })
  })
})
