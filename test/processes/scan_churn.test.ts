import assert from 'node:assert/strict'
import { scanProcesses, type ScannedProcess } from '../../src/index.ts'
import * as promises from '../../src/promises.ts'
import { start, stopPrograms } from '../support/programs.ts'

const ROUNDS = 12

describe('scans of a machine on which processes come and go', () => {
  before(async () => {
    await Promise.all([start('churn'), start('exec_loop')])
  })
  after(stopPrograms)

  const check = (rows: readonly ScannedProcess[]): void => {
    const own = rows.find(({ pid }) => pid === process.pid)
    assert.ok((own?.usage?.rss ?? 0) > 0, 'the own row')
    for (const { pid, usage, unavailable, comm, rss } of rows) {
      assert.ok(pid > 0 && comm.length > 0 && rss >= 0, `process ${pid}`)
      assert.ok(usage === null || (usage.rss ?? -1) >= 0)
      if (unavailable !== null) assert.match(unavailable.code, /^(ERR_NO_ADDRESS_SPACE|ESRCH|EACCES)$/,
        unavailable.reason)
    }
  }

  it('throw nothing and always have this process', () => {
    for (let round = 0; round < ROUNDS; round++) check(scanProcesses({ source: round % 2 === 0 ? 'rollup' : 'smaps' }))
  })

  it('throw nothing with a filter, between whose question and the reading processes end', () => {
    for (let round = 0; round < ROUNDS; round++) check(scanProcesses({ filter: () => true, threads: 3 }))
  })

  it('throw nothing off the event loop', async () => {
    for (let round = 0; round < ROUNDS / 4; round++) {
      const all = await Promise.all(Array.from({ length: 3 }, () => promises.scanProcesses({ filter: () => true })))
      all.forEach(check)
    }
  })
})
