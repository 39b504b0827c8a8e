/** What a primary is left with after a long life. SMEM_TS_CHURN=200 has that many workers replaced. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import type { RollOutcome } from '../../src/pool/index.ts'
import { PrimaryProcess, stopPrimaries } from '../support/primary_process.ts'
import { stateOf } from '../support/programs.ts'
import { waitFor, within } from '../support/wait_for.ts'

const SIZE = 5
const CHURNED = Number(process.env['SMEM_TS_CHURN'] ?? 20)
const DEADLINE_MS = 1000 * 60

/** As many serving workers as are wanted, and as many children in the kernel's list, none of which is a zombie. */
async function isWhole(primary: PrimaryProcess, size: number): Promise<void> {
  await waitFor(async () => {
    const workers = await primary.workers()
    const children = primary.children()
    return workers.length === size && workers.every(({ pid, state }) => state === 'serving' && /^[RSD]$/.test(children.get(pid) ?? ''))
      && children.size === size
  }, DEADLINE_MS, `the primary has ${size} serving workers and no other child`)
}

describe(`a primary that has replaced ${CHURNED} workers`, () => {
  afterEach(stopPrimaries)

  it('has all workers, no zombie, no orphan, and no more descriptors than before', async function () {
    this.timeout(1000 * (60 + CHURNED * 5))
    const primary = await PrimaryProcess.start({
      size: SIZE, env: { APP_EXIT: 'stay' }, options: { exitGrace: '100ms', restarts: { max: 1000, per: '1m' }, startBackoff: '20ms' },
    })
    const roll = async (): Promise<RollOutcome> => within(primary.roll(), DEADLINE_MS, 'the roll ends')
    assert.equal((await roll()).status, 'done') // all that is opened once has been opened
    await isWhole(primary, SIZE)
    const before = await primary.descriptors()
    const seen = new Set(primary.children().keys())

    for (let gone = 0, turn = 0; gone < CHURNED; gone = primary.count('exit') - SIZE, turn++) {
      for (const pid of primary.children().keys()) seen.add(pid)
      const victim = (await primary.serving())[turn % SIZE]
      if (turn % 3 === 0) assert.equal((await roll()).status, 'done')
      else if (turn % 3 === 1) process.kill(victim?.pid ?? 0, 'SIGKILL')
      else assert.equal((await primary.recycle(victim?.id ?? 0)).status, 'done')
      await isWhole(primary, SIZE)
    }
    assert.equal(await primary.descriptors(), before)
    const alive = primary.children()
    for (const pid of seen) assert.ok(alive.has(pid) || stateOf(pid) === undefined, `worker ${pid} is an orphan`)
  })
})

describe('a primary that is stopped for longer than every deadline', () => {
  afterEach(stopPrimaries)

  it('kills nobody when it wakes, and finishes its roll', async () => {
    const primary = await PrimaryProcess.start({
      size: 3,
      options: {
        startTimeout: '2s', drainTimeout: '2s', termTimeout: '1s', exitGrace: '2s', suspendGrace: '1s',
      },
    })
    const outcome = primary.roll()
    await waitFor(() => primary.count('replaced') >= 1, DEADLINE_MS, 'the first is replaced')
    process.kill(primary.pid, 'SIGSTOP')
    await waitFor(() => stateOf(primary.pid) === 'T', DEADLINE_MS, 'the primary stops')
    await new Promise((resolve) => setTimeout(resolve, 1000 * 4)) // longer than each of the deadlines: the time is what is tested
    process.kill(primary.pid, 'SIGCONT')
    assert.equal((await within(outcome, DEADLINE_MS, 'the roll ends')).status, 'done')
    assert.equal(primary.count('forced'), 0)
    assert.equal(primary.count('startFailed'), 0)
    assert.equal(primary.count('exit'), 3)
    await isWhole(primary, 3)
  })
})

describe('a primary whose application forks for each worker that ends', () => {
  afterEach(stopPrimaries)

  it('keeps its number of workers over a roll and a crash', async () => {
    const primary = await PrimaryProcess.start({ size: 3, forksOnExit: true })
    assert.equal((await within(primary.roll(), DEADLINE_MS, 'the roll ends')).status, 'done')
    process.kill((await primary.serving())[0]?.pid ?? 0, 'SIGKILL')
    await waitFor(() => primary.count('exit') >= 4, DEADLINE_MS, 'the exit is told')
    await isWhole(primary, 3)
    assert.equal(primary.count('warning'), 1)
  })
})

describe('workers whose primary is killed', () => {
  afterEach(stopPrimaries)

  it('end, one that drains included', async () => {
    const primary = await PrimaryProcess.start({ size: 2 })
    const hanging = get({ host: '127.0.0.1', port: primary.port, path: '/sse', agent: false })
    hanging.on('error', () => undefined).on('response', (response) => response.on('error', () => undefined).resume())
    await once(hanging, 'response')
    void primary.roll().catch(() => undefined)
    await waitFor(async () => (await primary.workers()).some(({ state }) => state === 'draining'), DEADLINE_MS, 'a worker drains')
    const pids = [...primary.children().keys()]
    primary.child.kill('SIGKILL')
    for (const pid of pids) await waitFor(() => /^[ZX]?$/.test(stateOf(pid) ?? ''), DEADLINE_MS, `worker ${pid} ends`)
  })
})
