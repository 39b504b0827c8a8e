import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { skip } from '../support/skip.ts'
import { needsForks, runProgram } from './support/run_program.ts'

/** Threads that Node has, whatever its line: 4 of V8 and the one for delayed tasks, then 4 of the thread pool. */
const THREADS = 9
const CHURNING_FORKS = 30
const GENERATIONS = 10
const QUIET_FORKS = 220
/** Of its own, in which thread ids are as small as descriptors, as in a container: from some 20 to 40. */
const PID_NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc']
const SPENT_IDS = ['sh', '-c', 'for i in $(seq 20); do /bin/true; done; exec "$@"', 'sh']

interface Many {
  readonly tally: Record<string, number>
  readonly threads: readonly number[]
  readonly grown: { readonly descriptors: number, readonly mappings: number }
}

interface Circumstances {
  readonly threads: number
  readonly descriptors: number
  readonly hazards: readonly string[]
}

describe('a forked process', function () {
  this.timeout(1000 * 120)

  before(function () {
    needsForks(this)
  })

  it(`does all that its parent does, ${CHURNING_FORKS} times, while that is busy with everything`, async () => {
    const { tally, threads } = await runProgram<Many>('fork_many', [String(CHURNING_FORKS)])
    assert.deepEqual(tally, { 42: CHURNING_FORKS })
    assert.ok(threads.every((count) => count >= THREADS), `${threads.join(', ')} threads went along`)
  })

  it('has every thread, also where thread ids are numbers of descriptors', async function () {
    const [command = '', ...args] = PID_NAMESPACE
    if (spawnSync(command, [...args, 'true']).status !== 0) skip(this, `no namespace of process ids can be made here: ${PID_NAMESPACE.join(' ')}`)
    assert.deepEqual(await runProgram('fork_threads', ['45'], { wrapper: [...PID_NAMESPACE, ...SPENT_IDS] }), [])
  })

  it('watches files again, and cannot be made while its parent watches some', async () => {
    const { hazards, refused, allowed, left } = await runProgram<Record<string, unknown>>('fork_watching')
    assert.deepEqual([hazards, refused], [['inotify'], 'record EBUSY'])
    assert.deepEqual([allowed, left], ['42', []])
  })

  it(`can fork the next one, and that the next, ${GENERATIONS} generations far`, async () => {
    const { code, first, last } = await runProgram<{ code: string, first: Circumstances, last: Circumstances }>(
      'fork_chain', [String(GENERATIONS)],
    )
    assert.equal(code, '42')
    assert.deepEqual(first.hazards, [])
    // The one that waits for SIGUSR1 does not come along.
    assert.deepEqual([last.threads, last.hazards], [first.threads - 1, []])
    assert.ok(last.descriptors <= first.descriptors + 2, `${first.descriptors} descriptors became ${last.descriptors}`)
  })

  it(`leaves neither descriptors nor mappings behind in its parent, in ${QUIET_FORKS} times`, async () => {
    const { tally, grown } = await runProgram<Many>('fork_many', [String(QUIET_FORKS), 'quiet'])
    assert.deepEqual(tally, { 42: QUIET_FORKS })
    assert.ok(grown.descriptors <= 2, `${grown.descriptors} more descriptors`)
    // V8's heap comes and goes.
    assert.ok(grown.mappings < QUIET_FORKS / 4, `${grown.mappings} more mappings`)
  })
})
