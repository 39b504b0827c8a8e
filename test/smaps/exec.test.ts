import assert from 'node:assert/strict'
import { openProcess, readMappings, readSmaps, SmemError, type Mapping, type MemoryUsage } from '../../src/index.ts'
import * as promises from '../../src/promises.ts'
import { compile, start, startBinary, statFields, stopPrograms, type Started } from '../support/programs.ts'
import { waitFor } from '../support/wait_for.ts'

const READS = 3000
const DEADLINE_MS = 1000 * 20

describe('a process that calls exec', () => {
  afterEach(stopPrograms)

  it('is followed by a handle to its new program', async () => {
    const program = await startBinary(await compile('exec_on_input'), [await compile('steady'), '--mappings', '500'])
    using handle = openProcess(program.pid)
    const before = handle.read('smaps')
    const rssBefore = handle.rss()
    const { startTime } = handle
    program.child.stdin.write('x')
    await waitFor(() => mappingsOf(handle.read.bind(handle)) >= 500, DEADLINE_MS, 'the handle shows the new program')
    assert.ok((before.mappings ?? NaN) < 100)
    assert.ok(handle.rss() > rssBefore)
    assert.equal(handle.alive, true)
    assert.equal(startTime, Number(statFields(program.pid)?.[19]) * 10, 'exec does not change the start time')
  })
})

describe('a process that calls exec again and again', () => {
  let program: Started
  before(async () => (program = await start('exec_loop')))
  after(stopPrograms)

  /** Full readings and refusals, counted; anything else fails. */
  const tally = async (read: () => void | Promise<void>): Promise<{ full: number, refused: number }> => {
    const counts = { full: 0, refused: 0 }
    const deadline = performance.now() + DEADLINE_MS
    for (let i = 0; i < READS || (counts.full === 0 && performance.now() < deadline); i++) {
      try {
        await read()
        counts.full++
      } catch (error) {
        if (!(error instanceof SmemError) || error.code !== 'ERR_NO_ADDRESS_SPACE') throw error
        counts.refused++
      }
    }
    assert.ok(counts.full > 0, `no reading in ${READS} tries`)
    return counts
  }

  for (const source of ['rollup', 'smaps'] as const) {
    it(`is read whole or not at all (${source})`,
      () => tally(() => assertPlausible(readSmaps(program.pid, { source }))))
  }

  it('is read whole or not at all through a handle', async () => {
    using handle = openProcess(program.pid)
    await tally(() => assertPlausible(handle.read('smaps')))
  })

  it('is read whole or not at all off the event loop', () =>
    tally(async () => assertPlausible(await promises.readSmaps(program.pid, { source: 'smaps' }))))

  it('never shows the lower part of its mappings only',
    () => tally(() => assertReachesTheTop(readMappings(program.pid))))

  it('always shows an RSS, or that it has no address space', async () => {
    using handle = openProcess(program.pid)
    await tally(() => assert.ok(handle.rss() >= 0))
  })
})

function mappingsOf(read: (source: 'smaps') => MemoryUsage): number {
  try {
    return read('smaps').mappings ?? 0
  } catch (error) {
    if (error instanceof SmemError && error.code === 'ERR_NO_ADDRESS_SPACE') return 0
    throw error
  }
}

function assertPlausible(usage: MemoryUsage): void {
  const { rss = NaN, pss = NaN, uss = NaN, sharedClean = NaN, sharedDirty = NaN } = usage
  assert.equal(rss, uss + sharedClean + sharedDirty)
  assert.ok(pss <= rss)
  assert.ok(usage.source === 'rollup' || (usage.mappings ?? 0) >= 1)
}

/**
 * The stack and the kernel's own pages lie above the program, and the stack is the first thing that a new address
 * space has.
 * A list that ends in the program or its heap was cut off.
 */
function assertReachesTheTop(mappings: readonly Mapping[]): void {
  const last = mappings.findLast(({ path }) => path !== '[vsyscall]')
  assert.ok(last !== undefined, 'an empty list')
  assert.ok(last.path === undefined || (last.path !== '[heap]' && last.path.startsWith('[')), `it ends in ${last.path}`)
}
