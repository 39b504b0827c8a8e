import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { ForkError, forkProcess, forkSupport, type ForkStep } from '../../src/fork/index.ts'
import { toForkError } from '../../src/fork/fork_error.ts'
import { FORK_STEPS } from '../../src/native/index.ts'
import { compileObstacles, type Obstacles } from './support/obstacles.ts'
import { needsForks, runProgram } from './support/run_program.ts'

const FORKED = '42'

interface Refusal {
  readonly code: string
  readonly step: ForkStep
  readonly reason: string
  readonly threadName?: string
  readonly message: string
}

describe('a fork that cannot be', function () {
  this.timeout(1000 * 120)
  let obstacles: Obstacles | undefined
  let results: Record<string, Refusal & string>

  before(async function () {
    needsForks(this)
    obstacles = await compileObstacles()
    results = await runProgram('fork_errors', [], { env: obstacles.env })
  })
  after(() => obstacles?.remove())

  it('names the thread that does not come to rest', () => {
    const refusal = results['a thread blocks signals']
    assert.deepEqual([refusal?.code, refusal?.step, refusal?.reason], ['ERR_FORK_FAILED', 'park', 'ETIMEDOUT'])
    assert.match(refusal?.message ?? '', /^process \d+ could not be forked: thread \d+ \(obstacle\) did not come to rest within 300 ms/)
  })

  it('says that there are too many descriptors', () => {
    const refusal = results['too many descriptors']
    assert.deepEqual([refusal?.step, refusal?.reason], ['record', 'E2BIG'])
    assert.match(refusal?.message ?? '', /more eventfds, pipes and epolls than can be copied/)
  })

  it('says that no descriptor is free', () => {
    assert.equal(results['no descriptor is free']?.reason, 'EMFILE')
  })

  it('names a timerfd', () => {
    assert.deepEqual([results['a timerfd']?.step, results['a timerfd']?.reason, results['its hazard']], ['record', 'EBUSY', 'timerfd'])
  })

  it('ends a child that is late, and leaves nothing open', () => {
    const refusal = results['a child is late']
    assert.equal(refusal?.reason, 'ETIMEDOUT')
    // The child counts for itself, and may be the first to see that it is late.
    assert.ok(['answer', 'revive'].includes(refusal.step), refusal.message)
    assert.equal(results['descriptors'], 0)
  })

  it('leaves the process able to fork', () => {
    const after = ['at first', 'it no longer does', 'no longer too many', 'one is free again', 'stray signals', 'at last']
    assert.deepEqual(after.map((name) => results[name]), after.map(() => FORKED))
  })
})

describe('forkProcess', () => {
  it('refuses options that are none, and timeouts out of range', () => {
    assert.throws(() => forkProcess({ sibbling: true } as object), /unknown option "sibbling" of forkProcess: did you mean "sibling"\?/)
    assert.throws(() => forkProcess({ sibling: 1 } as object), { name: 'TypeError', message: '"sibling" must be true or false, got 1' })
    assert.throws(() => forkProcess({ parkTimeout: 0 }), { name: 'TypeError', message: '"parkTimeout" must be from 1 ms to 1 h, got 0 ms' })
    assert.throws(() => forkProcess({ childTimeout: '2h' }), { name: 'TypeError' })
  })

  it('says why it cannot when the addon is switched off', async function () {
    if (process.env['SMEM_TS_BACKEND'] !== undefined) return this.skip()
    const { error, support } = await runProgram<{ error: string, support: { reason: string } }>(
      'fork_refused', [], { env: { SMEM_TS_BACKEND: 'typescript' } },
    )
    assert.match(error, /^ERR_FORK_UNSUPPORTED: this process cannot fork: forking needs the addon: SMEM_TS_BACKEND=typescript asks for it/)
    assert.equal(support.reason, 'addon')
  })

  it('has a sentence for each step and reason', () => {
    const { EPERM, ETIMEDOUT, EAGAIN, EBUSY, E2BIG, ENOMEM } = constants.errno
    for (const step of FORK_STEPS.keys()) {
      for (const errno of [EPERM, ETIMEDOUT, EAGAIN, EBUSY, E2BIG, ENOMEM]) {
        const report = { pid: 0, errno, step, descriptor: 7, thread: 4711, threadName: 'a\nb', threads: 3, stoppedMs: 1 }
        const error = toForkError(report, { parkMs: 2000, childMs: 10_000 })
        assert.ok(error instanceof ForkError)
        assert.equal(error.step, FORK_STEPS[step])
        assert.match(error.message, /^process \d+ could not be forked: [^\n]{20,}$/)
      }
    }
  })
})

describe('forkSupport', () => {
  it('says whether this process can fork, and why not', () => {
    const support = forkSupport()
    assert.equal(support.supported, support.reason === undefined)
    assert.ok(support.detail.length > 10)
  })
})
