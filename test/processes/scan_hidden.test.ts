import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start, stopPrograms } from '../support/programs.ts'
import { evaluate } from '../support/run_script.ts'
import { skip } from '../support/skip.ts'

const NOBODY = 65534

describe('a process that hidepid=1 hides', () => {
  let procRoot = ''

  before(function () {
    procRoot = mkdtempSync(join(tmpdir(), 'smem-ts-hidepid-'))
    // From 5.8 on each mount of procfs has options of its own.
    const { status } = spawnSync('mount', ['-t', 'proc', '-o', 'hidepid=1', 'proc', procRoot])
    if (status !== 0) skip(this, 'procfs cannot be mounted here')
  })

  after(() => {
    spawnSync('umount', [procRoot])
    rmdirSync(procRoot)
  })

  afterEach(stopPrograms)

  it('keeps its row, with its owner and why no more is known', async () => {
    const { pid } = await start('steady')
    const { row, note } = await evaluate<{ row: Record<string, unknown>, note: string }>(`
      import { scanProcesses } from './src/index.ts'
      import { coverageOf, describeCoverage } from './src/processes/index.ts'
      scanProcesses({ filter: () => false })
      process.setgroups([])
      process.setgid(${NOBODY})
      process.setuid(${NOBODY})
      const all = scanProcesses({ procRoot: ${JSON.stringify(procRoot)} })
      const row = all.find(({ pid }) => pid === ${pid})
      report({ row: { ...row, rss: String(row.rss) }, note: describeCoverage(coverageOf(all)) })
    `)
    assert.equal(row['uid'], 0)
    assert.equal(row['comm'], '')
    assert.equal(row['rss'], 'NaN')
    assert.equal(row['usage'], null)
    assert.match(JSON.stringify(row['unavailable']), /EPERM|EACCES/)
    assert.match(note, /could not be read .*hidepid=1/)
  })
})
