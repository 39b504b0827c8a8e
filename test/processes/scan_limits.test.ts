import assert from 'node:assert/strict'
import { scanProcesses, type ProcessInfo, type ScanProcessesOptions, type ScannedProcess } from '../../src/index.ts'
import * as promises from '../../src/promises.ts'
import { start, stopPrograms, type Started } from '../support/programs.ts'

const MB = 1024 ** 2

const SCANS: Readonly<Record<string, (options: ScanProcessesOptions) => Promise<ScannedProcess[]>>> = {
  'a scan': async (options) => scanProcesses(options),
  'a scan off the event loop': promises.scanProcesses,
}

for (const [what, scan] of Object.entries(SCANS)) {
  describe(`${what} that is limited`, () => {
    let small: Started
    let large: Started
    before(async () => {
      small = await start('steady')
      large = await start('steady', ['--mappings', '8000'])
    })
    after(stopPrograms)

    it('asks its filter about every process once, and reads those that it wants', async () => {
      const asked: ProcessInfo[] = []
      const rows = await scan({ filter: (info) => asked.push(info) > 0 &&
        (info.pid === small.pid || info.pid === process.pid) })
      assert.deepEqual(rows.map(({ pid }) => pid), [small.pid, process.pid].sort((a, b) => a - b))
      assert.ok(rows.every(({ usage }) => usage !== null))
      const pids = asked.map(({ pid }) => pid)
      assert.equal(new Set(pids).size, pids.length)
      assert.ok(pids.includes(large.pid) && pids.includes(1) === scanProcesses().some(({ pid }) => pid === 1))
    })

    it('tells its filter all that is cheap, and nothing that is not', async () => {
      let seen: ProcessInfo | undefined
      const rows = await scan({ filter: (info) => info.pid === small.pid && (seen = info) !== undefined })
      const { usage, unavailable, costNs, mappings, ...info } = rows[0] ?? assert.fail('the process is missing')
      assert.deepEqual(seen, info)
      assert.ok(usage !== null && unavailable === null && costNs > 0 && mappings === undefined)
    })

    it('is empty when its filter wants nothing', async () => {
      assert.deepEqual(await scan({ filter: () => false }), [])
    })

    it('wants what its filter finds true, be it no boolean', async () => {
      const filter = ((info: ProcessInfo) => (info.pid === small.pid ? 'yes' : 0)) as unknown as (info: ProcessInfo) =>
        boolean
      assert.deepEqual((await scan({ filter })).map(({ pid }) => pid), [small.pid])
    })

    it('fails as its filter does', async () => {
      const error = new Error('no opinion')
      await assert.rejects(scan({ filter: () => { throw error } }), error)
    })

    it('lists processes above maxRss and does not read them', async () => {
      for (const maxRss of [8 * MB, '8MB', '8 MiB']) {
        const rows = await scan({ maxRss, filter: ({ ppid }) => ppid === process.pid })
        const over = rows.find(({ pid }) => pid === large.pid) ?? assert.fail('the large one is missing')
        assert.deepEqual([over.usage, over.costNs], [null, 0])
        assert.ok(over.rss > 8 * MB)
        assert.deepEqual(over.unavailable, {
          code: 'ERR_OVER_MAX_RSS', reason: `RSS of ${over.rss} bytes is above maxRss, ${8 * MB}`,
        })
        assert.ok(rows.find(({ pid }) => pid === small.pid)?.usage)
      }
    })

    it('reads a process of exactly maxRss', async () => {
      const filter = ({ pid }: ProcessInfo): boolean => pid === large.pid
      const maxRss = (await scan({ filter }))[0]?.rss ?? NaN
      assert.ok((await scan({ filter, maxRss }))[0]?.usage)
      assert.equal((await scan({ filter, maxRss: maxRss - 1 }))[0]?.unavailable?.code, 'ERR_OVER_MAX_RSS')
    })

    it('reads nothing for a budget of nothing', async () => {
      for (const budgetMs of [0, '0s']) {
        const rows = await scan({ budgetMs })
        assert.ok(rows.some(({ pid }) => pid === process.pid))
        for (const row of rows) {
          assert.deepEqual([row.usage, row.costNs], [null, 0])
          // Zombies, kernel threads, and what is just about to end.
          if (row.unavailable?.code === 'ERR_NO_ADDRESS_SPACE') continue
          assert.deepEqual(row.unavailable, { code: 'ERR_OVER_BUDGET', reason: "the scan's budget of 0 ms was spent" })
        }
      }
    })

    it('reads all for a budget without end', async () => {
      for (const budgetMs of [Infinity, '10h']) {
        const rows = await scan({ budgetMs, filter: ({ ppid }) => ppid === process.pid })
        assert.ok(rows.length >= 2 && rows.every(({ usage, state }) => usage !== null || state === 'Z'))
      }
    })

    it('prefers the reason that no budget would change', async () => {
      const rows = await scan({ budgetMs: 0, maxRss: 8 * MB, filter: ({ pid }) => pid === large.pid })
      assert.equal(rows[0]?.unavailable?.code, 'ERR_OVER_MAX_RSS')
    })
  })
}
