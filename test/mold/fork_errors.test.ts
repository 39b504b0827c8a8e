import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ForkError, forkProcess, forkSupport, type ForkStep } from '../../src/mold/index.ts'
import { toForkError } from '../../src/mold/fork_error.ts'
import { FORK_STEPS } from '../../src/native/index.ts'
import { needsForks, runProgram } from './support/run_program.ts'

const OBSTACLES = fileURLToPath(new URL('native/obstacles.c', import.meta.url))
const COMPILE_MS = 1000 * 60
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
  let folder: string
  let results: Record<string, Refusal & string>

  before(async function () {
    needsForks(this)
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-obstacles-'))
    const library = join(folder, 'obstacles.so')
    const flags = ['-std=gnu11', '-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-pthread']
    await promisify(execFile)(process.env['CC'] ?? 'cc', [...flags, OBSTACLES, '-o', library], { timeout: COMPILE_MS })
    const commands = join(folder, 'commands')
    writeFileSync(commands, '')
    writeFileSync(`${commands}.done`, '')
    results = await runProgram('fork_errors', [], { env: { LD_PRELOAD: library, OBSTACLES: commands } })
  })
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

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
