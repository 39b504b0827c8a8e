import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { openProcess, readMappings, readSmaps, readSmapsInto, Field } from '../../src/index.ts'
import { FIELD_TABLE } from '../../src/native/index.ts'
import * as promises from '../../src/promises.ts'
import { sumWithAwk } from '../support/awk.ts'
import { compile, startBinary, stopPrograms, suspend, type Started } from '../support/programs.ts'

const ATTEMPTS = 20

describe('the figures of a stopped process', () => {
  let folder: string
  let program: Started

  // A copy of its own: no other process maps these pages, so that nobody's start or end changes its PSS.
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-steady-'))
    const binary = join(folder, 'steady')
    copyFileSync(await compile('steady'), binary)
    program = await startBinary(binary, ['--mappings', '300'])
    await suspend(program)
  })

  after(async () => {
    await stopPrograms()
    rmSync(folder, { recursive: true })
  })

  for (const source of ['rollup', 'smaps'] as const) {
    it(`are what awk sums from ${source}`, async () => {
      const read = (): Record<string, unknown> => ({ ...readSmaps(program.pid, { source }), costNs: 0 })
      const [usage, awk] = await steady(() => sumWithAwk(fileOf(program.pid, source)), read)
      assert.deepEqual(usage, expected(awk, source))
    })

    it(`are what awk sums from ${source}, read asynchronously`, async () => {
      const read = async (): Promise<unknown> =>
        ({ ...await promises.readSmaps(program.pid, { source }), costNs: 0 })
      const [usage, awk] = await steady(() => sumWithAwk(fileOf(program.pid, source)), read)
      assert.deepEqual(usage, expected(awk, source))
    })

    it(`are what awk sums from ${source}, read through a handle`, async () => {
      using handle = openProcess(program.pid)
      const read = (): unknown => ({ ...handle.read(source), costNs: 0 })
      const [usage, awk] = await steady(() => sumWithAwk(fileOf(program.pid, source)), read)
      assert.deepEqual(usage, expected(awk, source))
    })

    it(`are the same in the array that readSmapsInto fills from ${source}`, async () => {
      const target = new Float64Array(Field.length).fill(-1)
      const into = (): number => readSmapsInto(target, program.pid, source)
      const read = (): Record<string, unknown> => ({ ...readSmaps(program.pid, { source }), costNs: 0 })
      const [errno, usage] = await steady(read, into)
      assert.equal(errno, 0)
      for (const [name, index] of Object.entries(Field)) {
        if (name === 'length') continue
        assert.equal(target[index], usage[name] ?? NaN, name)
      }
    })
  }

  it('hold the invariant of smaps: Rss is the sum of its four parts', () => {
    for (const source of ['rollup', 'smaps'] as const) {
      for (const pid of [program.pid, process.pid]) {
        const { rss, sharedClean = 0, sharedDirty = 0, privateClean = 0, privateDirty = 0 } = readSmaps(pid, { source })
        assert.equal(rss, sharedClean + sharedDirty + privateClean + privateDirty, `${source} of ${pid}`)
      }
    }
  })

  it('add up over the mappings to what smaps says', () => {
    const usage = readSmaps(program.pid, { source: 'smaps' })
    const mappings = readMappings(program.pid)
    assert.equal(mappings.length, usage.mappings)
    for (const name of ['uss', 'pss', 'rss', 'size', 'privateDirty', 'anonymous', 'referenced'] as const) {
      assert.equal(mappings.reduce((sum, { usage: figures }) => sum + (figures[name] ?? NaN), 0), usage[name], name)
    }
  })

  it('take no longer than the call itself', () => {
    const start = performance.now()
    const { costNs } = readSmaps(program.pid, { source: 'smaps' })
    assert.ok(costNs > 0 && costNs <= (performance.now() - start) * 1e6 + 1e6, `${costNs} ns`)
  })

  it('are those of this process when no pid is given', () => {
    const { rss = 0 } = readSmaps()
    const ratio = rss / process.memoryUsage().rss
    assert.ok(ratio > 0.5 && ratio < 2, `${rss} bytes`)
  })
})

function fileOf(pid: number, source: 'rollup' | 'smaps'): string {
  return `/proc/${pid}/${source === 'rollup' ? 'smaps_rollup' : 'smaps'}`
}

/** A reading with what awk says, of a moment when awk says the same before and after. */
async function steady<T, U>(
  watch: () => U | Promise<U>, read: () => T | Promise<T>,
): Promise<readonly [T, U]> {
  let before = await watch()
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const value = await read()
    const after = await watch()
    if (isDeepStrictEqual(before, after)) return [value, after]
    before = after
  }
  throw new Error(`the figures of a stopped process changed ${ATTEMPTS} times in a row`)
}

function expected(awk: ReadonlyMap<string, number>, source: 'rollup' | 'smaps'): Record<string, unknown> {
  const figures = Object.fromEntries(FIELD_TABLE.map(([name, kernelName]) => [name, awk.get(kernelName)]))
  return {
    ...figures,
    uss: (awk.get('Private_Clean') ?? NaN) + (awk.get('Private_Dirty') ?? NaN),
    mappings: source === 'smaps' ? awk.get('mappings') : undefined,
    source,
    costNs: 0,
  }
}
