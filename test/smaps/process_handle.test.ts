import { steadily } from '../support/steadily.ts'
import assert from 'node:assert/strict'
import { openProcess, readSmaps, Field, type ProcessHandle } from '../../src/index.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { start, statFields, stopPrograms, suspend, type Started } from '../support/programs.ts'

const PAGE = 4096

describe('a handle of a process', () => {
  let program: Started
  before(async () => {
    program = await start('steady', ['--mappings', '20'])
    await suspend(program)
  })
  after(stopPrograms)

  it('reads what readSmaps reads', async () => {
    using handle = openProcess(program.pid)
    for (const source of ['rollup', 'smaps'] as const) {
      await steadily(() => {
        const { costNs, pss, ...usage } = handle.read(source)
        const { costNs: ignored, pss: otherPss, ...expected } = readSmaps(program.pid, { source })
        assert.deepEqual(usage, expected)
        assert.ok(costNs > 0 && ignored > 0 && pss !== undefined && otherPss !== undefined)
      })
    }
    assert.equal(handle.read().source, 'rollup')
  })

  it('reads into an array', () => {
    using handle = openProcess(program.pid)
    const target = new Float64Array(Field.length).fill(-1)
    assert.equal(handle.readInto(target), 0)
    assert.equal(target[Field.rss], readSmaps(program.pid).rss)
    assert.equal(target[Field.mappings], NaN)
    assert.equal(handle.readInto(target, 'smaps'), 0)
    assert.equal(target[Field.mappings], readSmaps(program.pid, { source: 'smaps' }).mappings)
  })

  it('gives results that later reads do not change', () => {
    using handle = openProcess(process.pid)
    const first = handle.read()
    const copy = { ...first }
    handle.read('smaps')
    assert.deepEqual(first, copy)
  })

  it('knows the resident bytes of statm', () => {
    using handle = openProcess(program.pid)
    const rss = readSmaps(program.pid).rss ?? NaN
    // Many kernels count in batches of up to 64 pages a thread; those since 6.2 per core.
    for (let i = 0; i < 3; i++) assert.ok(Math.abs(handle.rss() - rss) <= 256 * PAGE, `${handle.rss()} and ${rss}`)
  })

  it("knows the process's pid and start time", () => {
    using handle = openProcess(program.pid)
    assert.equal(handle.pid, program.pid)
    assert.equal(handle.startTime, Number(statFields(program.pid)?.[19]) * 10)
  })

  it('knows that the process is alive', () => {
    using handle = openProcess(program.pid)
    assert.equal(handle.alive, true)
  })

  it('refuses every call once it is closed, but for alive and close', () => {
    const handle = openProcess(program.pid)
    handle.rss()
    handle.close()
    const closed = {
      name: 'SmemError', code: 'ERR_HANDLE_CLOSED', pid: program.pid,
        message: `the handle of process ${program.pid} was closed`,
    }
    assert.throws(() => handle.read(), closed)
    assert.throws(() => handle.read('smaps'), closed)
    assert.throws(() => handle.readInto(new Float64Array(Field.length)), closed)
    assert.throws(() => handle.rss(), closed)
    assert.equal(handle.alive, false)
    handle.close()
    handle[Symbol.dispose]()
    assert.equal(handle.startTime, Number(statFields(program.pid)?.[19]) * 10)
  })

  it('is closed at the end of the block that uses it', () => {
    let kept: ProcessHandle
    {
      using handle = openProcess(program.pid)
      kept = handle
      assert.equal(kept.alive, true)
    }
    assert.throws(() => kept.rss(), { code: 'ERR_HANDLE_CLOSED' })
  })

  it('holds one descriptor, two after rss(), and none when closed', () => {
    const before = countDescriptors()
    const handle = openProcess(program.pid)
    assert.equal(countDescriptors(), before + 1)
    handle.read()
    handle.read('smaps')
    assert.equal(countDescriptors(), before + 1)
    handle.rss()
    handle.rss()
    assert.equal(countDescriptors(), before + 2)
    handle.close()
    assert.equal(countDescriptors(), before)
  })

  it('costs no descriptor when it cannot be opened', () => {
    const before = countDescriptors()
    assert.throws(() => openProcess(program.pid, { procRoot: '/nonexistent' }), { code: 'ENOENT' })
    assert.throws(() => openProcess(program.pid, { procRoot: '/dev/null' }), { code: 'ENOTDIR' })
    assert.equal(countDescriptors(), before)
  })

  it('is one of many, of the same process and of others', () => {
    const before = countDescriptors()
    const handles = Array.from({ length: 200 }, (_, index) => openProcess(index % 2 === 0 ? program.pid : process.pid))
    const rss = handles.map((handle) => handle.read().rss ?? NaN)
    assert.ok(rss.every((bytes, index) => bytes > 0 && (index % 2 === 1 || bytes === rss[0])))
    for (const handle of handles) handle.close()
    assert.equal(countDescriptors(), before)
  })
})
