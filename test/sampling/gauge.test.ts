import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { FIELD_COUNT, FIELD_INDEX } from '../../src/native/index.ts'
import type { ScannedProcess } from '../../src/processes/index.ts'
import { ProcessGauge, type GaugedProcess, type ProcessIdentity } from '../../src/sampling/index.ts'
import { readSmaps, toMemoryUsage } from '../../src/smaps/index.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { gonePid, start, stopPrograms } from '../support/programs.ts'
import { evaluate } from '../support/run_script.ts'
import { skip } from '../support/skip.ts'
import { TemporaryTree } from '../support/trees.ts'

const MB = 1024 ** 2
const NOBODY = 65534
const ROLLUP = ['00400000-7fff00000000 ---p 00000000 00:00 0 [rollup]', 'Rss: 200 kB', 'Pss: 150 kB', ''].join('\n')

function only(processes: readonly GaugedProcess[]): GaugedProcess {
  assert.equal(processes.length, 1)
  return processes[0] ?? assert.fail()
}

/** A frozen /proc/PID/stat whose process started so many ticks after boot. */
function statOf(pid: number, startTicks: number): string {
  const zeros = Array.from({ length: 30 }, () => '0').join(' ')
  return `${pid} (made up) S 1 ${pid} ${pid} 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 ${startTicks} ${zeros}\n`
}

describe('a gauge of processes', () => {
  afterEach(stopPrograms)

  it('knows the resident bytes of each without reading a rollup', async () => {
    const program = await start('steady')
    using gauge = new ProcessGauge()
    gauge.track([program.pid, process.pid])
    const processes = gauge.tick()
    assert.deepEqual(processes.map(({ pid }) => pid), [program.pid, process.pid])
    for (const { rss, usage, ageMs, costMs, rssThen } of processes) {
      assert.ok(rss > 0)
      assert.deepEqual([usage, ageMs, costMs, rssThen], [undefined, Infinity, 0, 0])
    }
    assert.equal(gauge.spentMs, 0)
  })

  it('reads the rollup of those that are asked for, which are of this tick then and grow older with the next', async () => {
    const program = await start('steady')
    let now = 0
    using gauge = new ProcessGauge({ clock: () => now })
    gauge.track([program.pid, process.pid])
    gauge.tick()
    assert.deepEqual(await gauge.read([program.pid]), [program.pid])
    const [read, unread] = gauge.current()
    assert.equal(read?.usage?.uss, readSmaps(program.pid).uss)
    assert.deepEqual([read?.ageMs, unread?.usage], [0, undefined])
    assert.ok(read !== undefined && read.costMs > 0 && read.rssThen > 0 && gauge.spentMs >= read.costMs)
    now = 1000
    assert.equal(gauge.tick()[0]?.ageMs, 1000)
  })

  it('leaves out what vanishes between two reads, and what was never there', async () => {
    const program = await start('steady')
    using gauge = new ProcessGauge()
    gauge.track([program.pid, process.pid, await gonePid()])
    gauge.tick()
    await gauge.read([program.pid])
    await program.stop()
    assert.deepEqual(await gauge.read([program.pid, process.pid]), [process.pid])
    assert.equal(only(gauge.current()).pid, process.pid)
    assert.equal(only(gauge.tick()).pid, process.pid)
    assert.equal(gauge.failureOf(program.pid), undefined)
    gauge.track([program.pid, process.pid])
    assert.equal(only(gauge.tick()).pid, process.pid)
  })

  it('leaves out a zombie', async () => {
    const program = await start('zombie')
    const zombie = Number(program.lines[0])
    using gauge = new ProcessGauge()
    gauge.track([zombie, program.pid])
    assert.equal(only(gauge.tick()).pid, program.pid)
    assert.equal(gauge.failureOf(zombie)?.code, 'ERR_NO_ADDRESS_SPACE')
    assert.deepEqual(await gauge.read([zombie]), [])
  })

  it('does not take a process that has got the pid for the one before it', async () => {
    using tree = new TemporaryTree()
    tree.write(7, { stat: statOf(7, 100), smaps_rollup: ROLLUP })
    using gauge = new ProcessGauge({ procRoot: tree.root })
    gauge.track([7])
    gauge.tick()
    assert.deepEqual(await gauge.read([7]), [7])
    assert.equal(only(gauge.current()).usage?.pss, 150 * 1024)

    rmSync(join(tree.root, '7'), { recursive: true })
    tree.write(7, { stat: statOf(7, 200), smaps_rollup: ROLLUP })
    assert.deepEqual(await gauge.read([7]), [], 'the new process is not read in the name of the old one')
    assert.deepEqual(gauge.tick(), [])
    gauge.track([7])
    assert.equal(only(gauge.tick()).usage, undefined)
    assert.deepEqual(await gauge.read([7]), [7])
  })

  it('has no usage of a process that it may not read, and knows why', async function () {
    if (process.geteuid?.() !== 0) skip(this, 'only root can become another user')
    const { pid } = await start('steady')
    const { rss, usage, read, failure } = await evaluate<Record<string, unknown>>(`
      import { ProcessGauge } from './src/sampling/index.ts'
      import { readSmaps } from './src/index.ts'
      readSmaps()
      process.setgroups([])
      process.setgid(${NOBODY})
      process.setuid(${NOBODY})
      const gauge = new ProcessGauge()
      gauge.track([${pid}])
      gauge.tick()
      const read = await gauge.read([${pid}])
      const [{ rss, usage }] = gauge.current()
      report({ rss, usage: usage === undefined ? 'none' : usage, read, failure: gauge.failureOf(${pid}) })
    `)
    assert.ok(Number(rss) > 0)
    assert.deepEqual([usage, read], ['none', []])
    assert.match(JSON.stringify(failure), /"EACCES".*CAP_PERFMON/)
  })

  it('forgets what was known of a process that may not be read any more', async () => {
    const machine = new FakeReader()
    using gauge = machine.gauge()
    gauge.track([process.pid])
    gauge.tick()
    await gauge.read([process.pid])
    assert.notEqual(only(gauge.current()).usage, undefined)
    machine.denied = true
    assert.deepEqual(await gauge.read([process.pid]), [])
    assert.deepEqual([only(gauge.current()).usage, only(gauge.current()).ageMs], [undefined, Infinity])
    assert.deepEqual(gauge.failureOf(process.pid), { code: 'EACCES', reason: 'told so' })
  })

  it('spends no more than its budget, and reads what is most urgent first', async () => {
    const machine = new FakeReader()
    const programs = await Promise.all([1, 2, 3].map(() => start('steady')))
    const pids = programs.map(({ pid }) => pid)
    machine.costMs = 8
    using gauge = machine.gauge({ interval: 1000, budget: 0.01 })
    gauge.track(pids)
    const seconds = 100
    for (let nth = 0; nth < seconds; nth++) {
      gauge.tick()
      await gauge.read(pids)
      machine.now = (nth + 1) * 1000
    }
    // A share of the time, what had piled up before the first tick, and the reading whose cost could not be known.
    assert.ok(gauge.spentMs <= seconds * 10 + 50 + 8, `${gauge.spentMs} ms`)
    assert.ok(gauge.spentMs >= seconds * 10 * 0.7, `${gauge.spentMs} ms: the budget is there to be used`)
    const count = (pid: number): number => machine.reads.filter((read) => read === pid).length
    assert.ok(count(pids[0] ?? 0) > count(pids[2] ?? 0), 'the first named is the most urgent')
  })

  it('saves for a reading that costs more than ever piles up, although it is asked twice a tick', async () => {
    const machine = new FakeReader()
    machine.costMs = 120
    using gauge = machine.gauge({ interval: 1000, budget: 0.01 })
    gauge.track([process.pid])
    for (let nth = 0; nth < 100; nth++) {
      gauge.tick()
      await gauge.read([process.pid])
      await gauge.read([process.pid])
      machine.now = (nth + 1) * 1000
    }
    assert.ok(machine.reads.length >= 4 && machine.reads.length <= 10, `${machine.reads.length} readings of 120 ms in 100 s`)
  })

  it('gives back every descriptor, of the closed, the vanished and those no longer named', async () => {
    const programs = await Promise.all([1, 2, 3].map(() => start('steady')))
    const pids = programs.map(({ pid }) => pid)
    const before = countDescriptors()
    const gauge = new ProcessGauge()
    gauge.track(pids)
    gauge.tick()
    await gauge.read(pids)
    assert.ok(countDescriptors() >= before + 3)
    gauge.track(pids.slice(1))
    await programs[1]?.stop()
    gauge.tick()
    gauge.close()
    gauge.close()
    // The pipes of the program that was stopped are gone too.
    assert.ok(countDescriptors() <= before, `${countDescriptors()} and ${before}`)
    assert.throws(() => gauge.track(pids), { code: 'ERR_HANDLE_CLOSED' })
    assert.deepEqual(gauge.tick(), [])
  })

  it('closed in the midst of a reading, has nothing and does not fail', async () => {
    const gauge = new ProcessGauge()
    gauge.track([process.pid])
    gauge.tick()
    const reading = gauge.read([process.pid])
    gauge.close()
    assert.deepEqual(await reading, [])
    assert.deepEqual(gauge.current(), [])
  })

  it('refuses bad options and what is no pid', () => {
    const name = 'TypeError'
    assert.throws(() => new ProcessGauge({ budget: 0 }), { name, message: '"budget" must be a fraction of one core above 0, got 0' })
    assert.throws(() => new ProcessGauge({ interval: 'soon' }), { name, message: /"interval" must be a number of milliseconds/ })
    assert.throws(() => new ProcessGauge({ bugdet: 1 } as object), { name, message: /did you mean "budget"\?/ })
    using gauge = new ProcessGauge()
    assert.throws(() => gauge.track([0]), { name, message: '"pid" must be a positive integer up to 4194304, got 0' })
  })
})

/** Reads nothing, and takes as long as it is told to. */
class FakeReader {
  now = 0
  costMs = 1
  denied = false
  readonly reads: number[] = []

  gauge(options: { interval?: number; budget?: number } = {}): ProcessGauge {
    return new ProcessGauge({ ...options, clock: () => this.now, reader: (targets) => this.#read(targets) })
  }

  async #read(targets: readonly ProcessIdentity[]): Promise<ScannedProcess[]> {
    return targets.map(({ pid, startTime }) => {
      this.reads.push(pid)
      this.now += this.costMs
      const figures = new Float64Array(FIELD_COUNT).fill(NaN)
      figures[FIELD_INDEX.pss] = MB
      const usage = this.denied ? null : toMemoryUsage(figures, 0, 'rollup', this.costMs * 1e6)
      return {
        pid, startTime, ppid: 1, uid: 0, comm: '', commandLine: [], cgroup: undefined, threads: 1, state: 'S', kernelThread: false,
        rss: 4096 * MB, usage, unavailable: this.denied ? { code: 'EACCES', reason: 'told so' } : null, costNs: this.costMs * 1e6,
        mappings: undefined,
      }
    })
  }
}
