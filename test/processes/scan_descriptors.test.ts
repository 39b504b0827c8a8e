import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { TemporaryTree } from '../support/trees.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PROCESSES = 400
const SMAPS_ROLLUP = `00400000-7fffffffffff ---p 00000000 00:00 0                          [rollup]
Rss:                   8 kB
Pss:                   4 kB
Private_Clean:         0 kB
Private_Dirty:         4 kB
`

/** Leaves so many descriptors of a small limit, scans, and prints the codes of what was not read, or of what was thrown. */
function script(free: number, procRoot: string): string {
  return `
    import { closeSync, openSync } from 'node:fs'
    import { scanProcesses } from './src/index.ts'
    scanProcesses({ procRoot: ${JSON.stringify(procRoot)}, threads: 1 })
    const held = []
    try {
      for (;;) held.push(openSync('/dev/null', 'r'))
    } catch (error) {
      if (error.code !== 'EMFILE') throw error
    }
    for (const fd of held.splice(0, ${free})) closeSync(fd)
    let found
    try {
      found = scanProcesses({ procRoot: ${JSON.stringify(procRoot)}, threads: 64 }).map(({ unavailable }) => unavailable?.code ?? 'read')
    } catch (error) {
      found = [error.code]
    }
    for (const fd of held) closeSync(fd)
    console.log(JSON.stringify(found))`
}

async function scanWith(free: number, procRoot: string): Promise<unknown> {
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', script(free, procRoot)]
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n 256 && exec "$@"', 'sh', ...node], { cwd: ROOT, timeout: 1000 * 50 })
  return JSON.parse(stdout)
}

describe('a scan with few descriptors', () => {
  let tree: TemporaryTree

  before(() => {
    tree = new TemporaryTree()
    for (let pid = 1; pid <= PROCESSES; pid++) tree.write(pid, { smaps_rollup: SMAPS_ROLLUP })
  })

  after(() => tree[Symbol.dispose]())

  for (const free of [2, 3, 9]) {
    it(`reads everything with ${free}, on fewer threads than it was allowed`, async () => {
      assert.deepEqual(await scanWith(free, tree.root), Array.from({ length: PROCESSES }, () => 'read'))
    })
  }

  it('says so when there is none for a single thread', async () => {
    assert.deepEqual(await scanWith(0, tree.root), ['EMFILE'])
  })
})
