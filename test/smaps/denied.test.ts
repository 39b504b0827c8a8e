import assert from 'node:assert/strict'
import { start, stopPrograms } from '../support/programs.ts'
import { evaluate } from '../support/run_script.ts'
import { skip } from '../support/skip.ts'

const NOBODY = 65534
const EACCES = 13

interface Refusal {
  readonly code: string
  readonly errno: number
  readonly syscall: string
  readonly path: string
  readonly pid: number
  readonly message: string
}

/** Reads `pid` as another user. The library is loaded first: that user need not be able to read its files. */
async function readAsNobody(pid: number): Promise<Record<string, Refusal | number | undefined>> {
  return evaluate(`
    import { openProcess, readMappings, readSmaps, readSmapsInto, scanProcesses, Field } from './src/index.ts'
    import * as promises from './src/promises.ts'
    readSmaps()
    process.setgroups([])
    process.setgid(${NOBODY})
    process.setuid(${NOBODY})
    const errorOf = async (call) => {
      try { await call() } catch (error) { return { ...error, message: error.message } }
    }
    const handle = openProcess(${pid})
    const row = scanProcesses({ filter: ({ pid }) => pid === ${pid} })[0]
    report({
      rollup: await errorOf(() => readSmaps(${pid})),
      smaps: await errorOf(() => readSmaps(${pid}, { source: 'smaps' })),
      mappings: await errorOf(() => readMappings(${pid})),
      promise: await errorOf(() => promises.readSmaps(${pid})),
      handle: await errorOf(() => handle.read()),
      into: readSmapsInto(new Float64Array(Field.length), ${pid}),
      handleRss: handle.rss(),
      usage: row.usage, unavailable: row.unavailable, rowRss: row.rss,
    })
  `)
}

describe('a process that may not be read', () => {
  afterEach(stopPrograms)

  it("is EACCES, with its owner and the cure, when it is another user's", async function () {
    if (process.geteuid?.() !== 0) skip(this, 'only root can become another user')
    const { pid } = await start('steady')
    const result = await readAsNobody(pid)
    const reason = 'owned by uid 0; run as that user or root, or grant CAP_PERFMON (Linux 6.15) or CAP_SYS_PTRACE'
    const expected = {
      name: 'SmemError', code: 'EACCES', errno: -EACCES, syscall: 'open', path: `/proc/${pid}/smaps_rollup`, pid,
      message: `cannot read /proc/${pid}/smaps_rollup: EACCES (${reason})`,
    }
    const smaps = { ...expected, path: `/proc/${pid}/smaps`,
      message: expected.message.replace('smaps_rollup', 'smaps') }
    assert.deepEqual(result['rollup'], expected)
    assert.deepEqual(result['promise'], expected)
    assert.deepEqual(result['handle'], expected)
    assert.deepEqual(result['smaps'], smaps)
    assert.deepEqual(result['mappings'], smaps)
    assert.equal(result['into'], EACCES)
    assert.equal(result['usage'], null)
    assert.deepEqual(result['unavailable'], { code: 'EACCES', reason })
    assert.ok(Number(result['handleRss']) > 0, 'the RSS of statm is for everybody')
    assert.ok(Number(result['rowRss']) > 0, 'the RSS of statm is for everybody')
  })

  it('is EACCES with another cure when it is not dumpable, though of the same user', async function () {
    const { pid } = await start('steady', ['--undumpable'])
    const reason = /EACCES \(owned by uid \d+, this user, but not dumpable.*CAP_PERFMON.*CAP_SYS_PTRACE/
    const result = await evaluate<{ readonly denied?: string }>(`
      import { readSmaps } from './src/index.ts'
      readSmaps()
      if (process.geteuid() === 0) {
        // Root keeps its uid and gives up its capabilities by way of a program that holds none.
        const { spawnSync } = await import('node:child_process')
        const { existsSync } = await import('node:fs')
        const setpriv = spawnSync('setpriv',
          ['--bounding-set=-all', '--inh-caps=-all', process.execPath, '--import', 'tsx',
          '--input-type=module', '--eval', 'import { readSmaps } from "./src/index.ts"; try { readSmaps(${pid}) } ' +
          'catch (error) { console.log(error.message) }'], { encoding: 'utf8' })
        report({ denied: setpriv.error ? undefined : setpriv.stdout || setpriv.stderr })
      } else {
        try { readSmaps(${pid}) } catch (error) { report({ denied: error.message }) }
      }
    `)
    if (result.denied === undefined) skip(this, 'root cannot give up its capabilities here: there is no setpriv')
    const refused = /setpriv: (unrecognized|unknown|invalid)/.test(result.denied)
    if (refused) skip(this, 'this setpriv cannot drop capabilities')
    assert.match(result.denied, reason)
  })
})
