import assert from 'node:assert/strict'
import { once } from 'node:events'
import { SmemError } from '../../src/errors.ts'
import { SignalPool, type HeldProcess, type PoolEvents, type SignalPoolOptions, type SignalTarget } from '../../src/pool/index.ts'
import { openProcess } from '../../src/smaps/index.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { start, startBinary, stateOf, stopPrograms, suspend, type Started } from '../support/programs.ts'
import { waitFor, within } from '../support/wait_for.ts'

const DEADLINE_MS = 1000 * 20
const STUBBORN = ['-c', 'import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("ready", flush=True); signal.pause()']

function targetOf({ pid }: { pid: number }): SignalTarget {
  using handle = openProcess(pid)
  return { pid, startTime: handle.startTime }
}

/** What a pool has told, in order. */
function listen(pool: SignalPool): string[] {
  const heard: string[] = []
  const on = <Name extends keyof PoolEvents>(name: Name, describe: (...event: PoolEvents[Name]) => string): void => {
    pool.on(name, ((...event: PoolEvents[Name]) => heard.push(`${name} ${describe(...event)}`)) as never)
  }
  on('ready', ({ id }) => `${id}`)
  on('exit', ({ worker, wanted }) => `${worker.id} ${wanted ? 'wanted' : 'by itself'}`)
  on('forced', ({ worker, signal, reason }) => `${worker.id} ${worker.state} ${signal}: ${reason}`)
  on('warning', (warning) => warning)
  return heard
}

/** A pool of one process that is none: it does what the test says. */
class FakeProcess {
  now = 0
  alive = true
  readonly signals: string[] = []
  onSignal: (name: string) => void = () => undefined

  pool(options: SignalPoolOptions = {}): SignalPool {
    const held: HeldProcess = {
      pid: 4711, startTime: 10, close: () => undefined,
      signal: (name) => {
        this.signals.push(name)
        this.onSignal(name)
      },
      get alive() {
        return fake.alive
      },
    }
    const fake = this // eslint-disable-line @typescript-eslint/no-this-alias
    const pool = new SignalPool({ clock: () => this.now, open: () => held, ...options })
    pool.setTargets([held])
    return pool
  }
}

describe('a pool of processes that are somebody else\'s', () => {
  afterEach(stopPrograms)

  it('has a worker for each target, with its age, and forgets those that are none any more', async () => {
    const [a, b] = await Promise.all([start('steady'), start('steady')])
    using pool = new SignalPool()
    pool.setTargets([targetOf(a), targetOf(b)])
    const [first, second] = pool.workers()
    assert.deepEqual([first?.pid, first?.slot, first?.state, second?.pid, second?.slot], [a.pid, 0, 'serving', b.pid, 1])
    const age = performance.now() - (first?.startedAt ?? NaN)
    assert.ok(age >= 0 && age < 1000 * 60 * 10, `${age} ms old`)
    pool.setTargets([targetOf(b)])
    assert.deepEqual(pool.workers().map(({ id }) => id), [second?.id])
  })

  it('gives the place of one that has gone to the next that comes, and another id', async () => {
    const [a, b, c] = await Promise.all([start('steady'), start('steady'), start('steady')])
    using pool = new SignalPool()
    const heard = listen(pool)
    pool.setTargets([targetOf(a), targetOf(b)])
    await a.stop()
    pool.setTargets([targetOf(b), targetOf(c)])
    assert.deepEqual(pool.workers().map(({ id, slot, pid }) => [id, slot, pid]), [[2, 1, b.pid], [3, 0, c.pid]])
    assert.deepEqual(heard, ['ready 1', 'ready 2', 'exit 1 by itself', 'ready 3'])
  })

  it('does not take a process that has got the pid for its target', async () => {
    const program = await start('steady')
    using pool = new SignalPool()
    pool.setTargets([{ pid: program.pid, startTime: targetOf(program).startTime - 10 }])
    assert.equal(pool.size, 0)
  })

  it('recycles by the signal, and is done when the process has gone', async () => {
    const program = await start('steady')
    using pool = new SignalPool()
    const heard = listen(pool)
    pool.setTargets([targetOf(program)])
    const recycling = pool.recycle(1)
    assert.equal(pool.workers()[0]?.state, 'terminating')
    assert.equal(pool.recycle(1), recycling, 'a second call waits for the same end')
    const outcome = await within(recycling, DEADLINE_MS, 'it ends')
    assert.deepEqual({ ...outcome, tookMs: 0 }, {
      status: 'done', replaced: [{ slot: 0, oldId: 1, newId: undefined }], kept: [], failure: undefined, tookMs: 0,
    })
    assert.ok(outcome.tookMs >= 0)
    assert.deepEqual(heard, ['ready 1', 'exit 1 wanted'])
    await waitFor(() => program.child.signalCode === 'SIGTERM', DEADLINE_MS, 'it was SIGTERM')
    assert.throws(() => pool.recycle(1), { name: 'RangeError', message: 'no worker has the id 1' })
  })

  it('sends the signal that it was told to', async () => {
    const program = await start('steady')
    using pool = new SignalPool({ signal: 'SIGINT' })
    pool.setTargets([targetOf(program)])
    await within(pool.recycle(1), DEADLINE_MS, 'it ends')
    await waitFor(() => program.child.signalCode === 'SIGINT', DEADLINE_MS, 'it was SIGINT')
  })

  it('kills what does not end in time', async () => {
    const stubborn = await startBinary('python3', STUBBORN)
    using pool = new SignalPool({ killAfter: 100 })
    const heard = listen(pool)
    pool.setTargets([targetOf(stubborn)])
    assert.equal((await within(pool.recycle(1), DEADLINE_MS, 'it is killed')).status, 'done')
    assert.deepEqual(heard, ['ready 1', 'forced 1 killed SIGKILL: has not ended within 0.1 s of SIGTERM', 'exit 1 wanted'])
    await waitFor(() => stubborn.child.signalCode === 'SIGKILL', DEADLINE_MS, 'it was SIGKILL')
  })

  it('kills a process that is stopped', async () => {
    const program = await start('steady')
    await suspend(program)
    using pool = new SignalPool({ killAfter: 50 })
    pool.setTargets([targetOf(program)])
    assert.equal((await within(pool.recycle(1), DEADLINE_MS, 'it is killed')).status, 'done')
  })

  it('takes a zombie for gone', async () => {
    const parent = await startBinary('python3', ['-c', `
import os, signal
child = os.fork()
if child == 0: signal.pause()
print(child, flush=True)
signal.pause()
`])
    using pool = new SignalPool()
    const pid = Number(parent.lines[0])
    pool.setTargets([targetOf({ pid })])
    assert.equal((await within(pool.recycle(1), DEADLINE_MS, 'it ends')).status, 'done')
    assert.equal(stateOf(pid), 'Z')
  })

  it('keeps one that was asked to end until it has, although it is no target any more', async () => {
    const stubborn = await startBinary('python3', STUBBORN)
    using pool = new SignalPool({ killAfter: 200 })
    pool.setTargets([targetOf(stubborn)])
    const recycling = pool.recycle(1)
    pool.setTargets([])
    assert.equal(pool.workers()[0]?.state, 'terminating')
    assert.equal((await within(recycling, DEADLINE_MS, 'it is killed')).status, 'done')
    assert.equal(pool.size, 0)
  })

  it('rolls one after the other', async () => {
    const programs = await Promise.all([1, 2, 3].map(() => start('steady')))
    using pool = new SignalPool()
    const most: number[] = []
    pool.on('exit', () => most.push(pool.workers().filter(({ state }) => state !== 'serving').length))
    pool.setTargets(programs.map(targetOf))
    const rolling = pool.roll()
    assert.equal(pool.roll(), rolling)
    const { status, replaced, kept } = await within(rolling, DEADLINE_MS, 'all end')
    assert.deepEqual([status, replaced.map(({ slot }) => slot), kept, pool.size, pool.generation], ['done', [0, 1, 2], [], 0, 1])
    assert.deepEqual(most, [0, 0, 0], 'nobody else was on the way out')
  })

  it('leaves alone, when it is stopped, what it has asked to end and what has not been asked yet', async () => {
    const [stubborn, next] = await Promise.all([startBinary('python3', STUBBORN), start('steady')])
    using pool = new SignalPool({ killAfter: 100 })
    const heard = listen(pool)
    pool.setTargets([targetOf(stubborn), targetOf(next)])
    const rolling = pool.roll()
    pool.stopRolling()
    const { status, kept } = await within(rolling, DEADLINE_MS, 'the roll is stopped')
    assert.deepEqual([status, kept], ['stopped', [1, 2]])
    assert.deepEqual(pool.workers().map(({ state }) => state), ['serving', 'serving'])
    pool.close()
    // A process that was sent SIGKILL by mistake would be gone before the next one has been started and stopped.
    await (await start('steady')).stop()
    assert.ok(isRunning(stubborn) && isRunning(next))
    assert.deepEqual(heard, ['ready 1', 'ready 2'])
  })

  it('fails, and says once why, when it may not send a signal', async () => {
    const fake = new FakeProcess()
    fake.onSignal = () => {
      throw new SmemError('EPERM', 'cannot send SIGTERM to process 4711: EPERM (told so)', { pid: 4711 })
    }
    using pool = fake.pool()
    const heard = listen(pool)
    for (let nth = 0; nth < 2; nth++) {
      const { status, kept, failure } = await pool.recycle(1)
      assert.deepEqual([status, kept, failure], ['failed', [1], 'cannot send SIGTERM to process 4711: EPERM (told so)'])
    }
    assert.deepEqual(heard, ['warning cannot send SIGTERM to process 4711: EPERM (told so)'])
    assert.equal(pool.workers()[0]?.state, 'serving')
  })

  it('remembers what it has said of a process for as long as that is a target', () => {
    const open = (): never => {
      throw new SmemError('EACCES', 'cannot open process 4711', { pid: 4711 })
    }
    using pool = new SignalPool({ open })
    const heard = listen(pool)
    const target = { pid: 4711, startTime: 10 }
    for (const targets of [[target], [target], [], [target]]) pool.setTargets(targets)
    assert.deepEqual(heard, ['warning cannot open process 4711', 'warning cannot open process 4711'])
  })

  it('kills nobody for a deadline that went by while it was suspended itself', async () => {
    const fake = new FakeProcess()
    using pool = fake.pool({ killAfter: '30s' })
    const recycling = pool.recycle(1)
    fake.now += 1000 * 60
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.deepEqual(fake.signals, ['SIGTERM'])
    fake.alive = false
    assert.equal((await within(recycling, DEADLINE_MS, 'it has gone')).status, 'done')
  })

  it('waits on for a process that SIGKILL does not end, and says so once', async () => {
    const fake = new FakeProcess()
    using pool = fake.pool({ killAfter: 0 })
    const heard = listen(pool)
    const recycling = pool.recycle(1)
    await once(pool, 'forced')
    const ticking = setInterval(() => (fake.now += 1000), 20)
    await once(pool, 'warning')
    const count = fake.now
    await waitFor(() => fake.now > count + 30_000, DEADLINE_MS, 'time goes by')
    clearInterval(ticking)
    assert.deepEqual(fake.signals, ['SIGTERM', 'SIGKILL'])
    assert.match(heard[1] ?? '', /^warning process 4711 was sent SIGKILL and has not ended: it hangs in the kernel/)
    assert.equal(heard.length, 2)
    fake.alive = false
    assert.equal((await within(recycling, DEADLINE_MS, 'it has gone')).status, 'done')
  })

  it('gives back every descriptor', async () => {
    const programs = await Promise.all([start('steady'), start('steady')])
    const before = countDescriptors()
    const pool = new SignalPool()
    pool.setTargets(programs.map(targetOf))
    assert.equal(countDescriptors(), before + 2)
    pool.setTargets(programs.slice(1).map(targetOf))
    pool.close()
    pool.close()
    assert.equal(countDescriptors(), before)
  })

  it('refuses bad options', () => {
    const name = 'TypeError'
    assert.throws(() => new SignalPool({ signal: 'TERM' as never }), {
      name, message: '"signal" must be the name of a signal such as \'SIGTERM\', got \'TERM\'',
    })
    assert.throws(() => new SignalPool({ killAfter: 'soon' }), { name, message: /"killAfter" must be a number of milliseconds/ })
    assert.throws(() => new SignalPool({ kilAfter: 1 } as object), { name, message: /did you mean "killAfter"\?/ })
  })
})

function isRunning({ child, pid }: Started): boolean {
  return child.exitCode === null && child.signalCode === null && stateOf(pid) !== undefined
}
