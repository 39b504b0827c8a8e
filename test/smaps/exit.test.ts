import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { readMappings, readSmaps, SmemError } from '../../src/index.ts'
import * as promises from '../../src/promises.ts'
import { start, stopPrograms } from '../support/programs.ts'
import { within } from '../support/wait_for.ts'

const MAPPINGS = 4000
const ROUNDS = 12
const DEADLINE_MS = 1000 * 20

describe('a process with many mappings that is killed while it is read', () => {
  afterEach(stopPrograms)

  /** Starts `read`, kills the process at another moment each round, and expects all of it or an error that says why. */
  const race = async (read: (pid: number) => Promise<number>): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      const program = await start('steady', ['--mappings', String(MAPPINGS)])
      const reading = read(program.pid).catch((error: unknown) => error)
      const killAt = performance.now() + round / 2
      while (performance.now() < killAt) await setImmediate()
      await program.stop()
      const result = await within(reading, DEADLINE_MS, 'the read ends')
      if (typeof result === 'number') {
        assert.ok(result >= MAPPINGS, `a part of it: ${result} mappings`)
      } else {
        assert.ok(result instanceof SmemError, String(result))
        assert.match(result.code, /^(ESRCH|ERR_NO_ADDRESS_SPACE)$/)
      }
    }
  }

  it('gives all its figures or none (smaps)', () =>
    race(async (pid) => (await promises.readSmaps(pid, { source: 'smaps' })).mappings ?? NaN))

  it('gives all its figures or none (rollup)', () =>
    race(async (pid) => (await promises.readSmaps(pid)).rss === undefined ? NaN : MAPPINGS))

  it('gives all its mappings or none', () => race(async (pid) => (await promises.readMappings(pid)).length))

  it('gives all or none to calls that block', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const program = await start('steady', ['--mappings', String(MAPPINGS)])
      program.child.kill('SIGKILL')
      for (const read of [() => readSmaps(program.pid, { source: 'smaps' }).mappings,
        () => readMappings(program.pid).length]) {
        try {
          assert.ok((read() ?? NaN) >= MAPPINGS, 'a part of it')
        } catch (error) {
          if (!(error instanceof SmemError)) throw error
          assert.match(error.code, /^(ESRCH|ERR_NO_ADDRESS_SPACE)$/)
        }
      }
      await program.stop()
    }
  })
})
