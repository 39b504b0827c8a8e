import assert from 'node:assert/strict'
import type { ProcessInfo, ScannedProcess } from '../../src/processes/index.ts'
import { procSource, Sampler, type ProcessSource, type SampledProcess, type SamplerOptions } from '../../src/sampling/index.ts'
import { toMemoryUsage } from '../../src/smaps/index.ts'
import { FIELD_COUNT, FIELD_INDEX } from '../../src/native/index.ts'
import { start, stopPrograms } from '../support/programs.ts'

const MB = 1024 ** 2

interface Fake {
  pid: number
  startTime: number
  rss: number
  pss: number
  costMs: number
  state: string
  kernelThread: boolean
  error: string | undefined
}

/** A machine whose processes and clock are set by hand. */
class FakeMachine implements ProcessSource {
  now = 0
  processes: Fake[] = []
  /** pids in the order in which they were read. */
  reads: number[] = []

  add(pid: number, rss: number, more: Partial<Fake> = {}): Fake {
    const fake = {
      pid, rss, startTime: 10, pss: rss / 2, costMs: 0.1, state: 'S', kernelThread: false, error: undefined, ...more,
    }
    this.processes.push(fake)
    return fake
  }

  async list(): Promise<ProcessInfo[]> {
    return this.processes.map(toInfo)
  }

  async read(targets: readonly { pid: number; startTime: number }[]): Promise<ScannedProcess[]> {
    return targets.flatMap(({ pid, startTime }) => {
      this.reads.push(pid)
      const fake = this.processes.find((process) => process.pid === pid && process.startTime === startTime)
      if (fake === undefined) return []
      this.now += fake.costMs
      const figures = new Float64Array(FIELD_COUNT).fill(NaN)
      figures[FIELD_INDEX.pss] = fake.pss
      const usage = fake.error === undefined ? toMemoryUsage(figures, 0, 'rollup', fake.costMs * 1e6) : null
      const unavailable = fake.error === undefined ? null : { code: fake.error, reason: 'told so' }
      return [{ ...toInfo(fake), usage, unavailable, costNs: fake.costMs * 1e6, mappings: undefined }]
    })
  }

  sampler(options: SamplerOptions = {}): Sampler {
    return new Sampler({ source: this, clock: () => this.now, ...options })
  }

  takeReads(): number[] {
    return this.reads.splice(0)
  }
}

function toInfo({ pid, startTime, rss, state, kernelThread }: Fake): ProcessInfo {
  return {
    pid, ppid: 1, startTime, uid: 0, comm: `p${pid}`, commandLine: [`p${pid}`], cgroup: undefined, threads: 1, state, kernelThread,
    rss,
  }
}

function rowOf(processes: readonly SampledProcess[], pid: number): SampledProcess {
  return processes.find((process) => process.pid === pid) ?? assert.fail(`no row of ${pid}`)
}

describe('a sampler', () => {
  let machine: FakeMachine
  beforeEach(() => {
    machine = new FakeMachine()
  })

  it('reads everything in its first round, the largest RSS first', async () => {
    machine.add(1, MB)
    machine.add(2, 9 * MB)
    const { processes, readCount, waitingCount } = await machine.sampler().sample()
    assert.deepEqual(machine.takeReads(), [2, 1])
    assert.deepEqual([readCount, waitingCount], [2, 0])
    const figures = processes.map(({ usage, ageMs, stale }) => [usage?.pss, ageMs, stale])
    assert.deepEqual(figures, [[MB / 2, 0, false], [4.5 * MB, 0, false]])
  })

  it('reads again only what has moved, and tells the age of the others', async () => {
    machine.add(1, 5 * MB)
    const grown = machine.add(2, 5 * MB)
    const sampler = machine.sampler()
    await sampler.sample()
    machine.takeReads()
    machine.now = 2000
    grown.rss += 2 * MB
    const { processes } = await sampler.sample()
    assert.deepEqual(machine.takeReads(), [2])
    assert.ok(Math.abs((rowOf(processes, 1).ageMs ?? NaN) - 2000) < 1)
    assert.deepEqual([rowOf(processes, 2).ageMs, rowOf(processes, 2).stale], [0, false])
    assert.equal(rowOf(processes, 2).rss, 7 * MB)
  })

  it('lists what hidepid hides, round after round, and never tries to read it', async () => {
    machine.add(1, NaN, { startTime: NaN, state: '?' })
    machine.add(2, MB)
    const sampler = machine.sampler({ maxRss: '2MB' })
    for (let nth = 0; nth < 2; nth++) {
      const { processes } = await sampler.sample()
      assert.deepEqual(processes.map(({ pid, unavailable }) => [pid, unavailable?.code]), [[1, 'EPERM'], [2, undefined]])
    }
    assert.deepEqual(machine.takeReads(), [2])
  })

  it('reads quiet processes again at the maximum age', async () => {
    machine.add(1, MB)
    const sampler = machine.sampler({ maxAge: '10s' })
    await sampler.sample()
    for (machine.now = 2000; machine.now <= 12_000; machine.now += 2000) await sampler.sample()
    assert.deepEqual(machine.takeReads(), [1, 1])
  })

  it('stays within its budget, and says what has to wait', async () => {
    for (let pid = 1; pid <= 40; pid++) machine.add(pid, (100 - pid) * MB, { costMs: 10 })
    // 1 % of 2 s is 20 ms a round; five rounds' worth may pile up.
    const sampler = machine.sampler({ interval: '2s' })
    const first = await sampler.sample()
    assert.ok(first.readMs <= 100 + 10, `${first.readMs} ms`)
    assert.equal(first.readCount + first.waitingCount, 40)
    const waiting = rowOf(first.processes, 40)
    assert.equal(waiting.unavailable?.code, 'ERR_OVER_BUDGET')
    assert.deepEqual([waiting.usage, waiting.ageMs, waiting.costNs], [null, undefined, 0])
    let readMs = 0
    for (let nth = 1; nth <= 20; nth++) {
      machine.now = nth * 2000
      readMs += (await sampler.sample()).readMs
    }
    assert.ok(readMs <= 20 * 20, `${readMs} ms in 20 rounds`)
  })

  it('reads all in the end', async () => {
    for (let pid = 1; pid <= 40; pid++) machine.add(pid, MB, { costMs: 10 })
    const sampler = machine.sampler({ maxAge: '1h' })
    for (machine.now = 0; machine.now < 60_000; machine.now += 2000) await sampler.sample()
    const { processes } = await sampler.sample()
    assert.ok(processes.every(({ usage }) => usage !== null))
  })

  it('marks figures as stale whose process has moved when the budget is spent', async () => {
    const expensive = machine.add(1, 5 * MB, { costMs: 300 })
    const sampler = machine.sampler()
    await sampler.sample()
    machine.now += 2000
    expensive.rss = 50 * MB
    const { processes, waitingCount } = await sampler.sample()
    assert.equal(waitingCount, 1)
    assert.deepEqual([rowOf(processes, 1).stale, rowOf(processes, 1).usage?.pss], [true, 2.5 * MB])
  })

  it('forgets processes that have gone', async () => {
    machine.add(1, MB)
    const sampler = machine.sampler()
    await sampler.sample()
    machine.processes = []
    assert.deepEqual((await sampler.sample()).processes, [])
  })

  it('takes a pid that was used anew for another process', async () => {
    machine.add(1, MB)
    const sampler = machine.sampler()
    await sampler.sample()
    machine.takeReads()
    machine.processes = []
    machine.add(1, MB, { startTime: 20, pss: 7 })
    machine.now = 2000
    const { processes } = await sampler.sample()
    assert.deepEqual(machine.takeReads(), [1])
    assert.deepEqual([rowOf(processes, 1).usage?.pss, rowOf(processes, 1).ageMs], [7, 0])
  })

  it('leaves out a process that ends between listing and reading', async () => {
    machine.add(1, MB)
    machine.add(2, MB, { error: 'ESRCH' })
    const { processes } = await machine.sampler().sample()
    assert.deepEqual(processes.map(({ pid }) => pid), [1])
  })

  it('does not read processes above maxRss, nor those that have grown beyond it', async () => {
    const grows = machine.add(1, MB)
    machine.add(2, 9 * MB)
    const sampler = machine.sampler({ maxRss: '4MB' })
    const { processes } = await sampler.sample()
    assert.deepEqual(machine.takeReads(), [1])
    assert.equal(rowOf(processes, 2).unavailable?.code, 'ERR_OVER_MAX_RSS')
    grows.rss = 5 * MB
    machine.now = 2000
    const later = rowOf((await sampler.sample()).processes, 1)
    assert.deepEqual([later.usage, later.unavailable?.code], [null, 'ERR_OVER_MAX_RSS'])
  })

  it('does not ask again at once for what was denied', async () => {
    machine.add(1, MB, { error: 'EACCES' })
    const sampler = machine.sampler()
    for (machine.now = 0; machine.now < 20_000; machine.now += 2000) {
      const { processes } = await sampler.sample()
      assert.equal(rowOf(processes, 1).unavailable?.code, 'EACCES')
    }
    assert.deepEqual(machine.takeReads(), [1])
  })

  it('leaves out kernel threads, zombies, and what its filter does not want', async () => {
    machine.add(1, MB)
    machine.add(2, 0, { kernelThread: true })
    machine.add(3, 0, { state: 'Z' })
    machine.add(4, MB)
    const { processes } = await machine.sampler({ filter: ({ pid }) => pid !== 4 }).sample()
    assert.deepEqual(processes.map(({ pid }) => pid), [1])
  })

  it('refuses options that it does not know or cannot use', () => {
    assert.throws(() => new Sampler({ maxage: 1 } as SamplerOptions), /did you mean "maxAge"/)
    assert.throws(() => new Sampler({ budget: 0 }), /"budget" must be/)
    assert.throws(() => new Sampler({ maxRss: 'much' }), /"maxRss" must be/)
  })

  describe('of this machine', () => {
    afterEach(stopPrograms)

    it('reads real processes and notices that they end', async () => {
      const program = await start('steady')
      const sampler = new Sampler({ budget: 1, filter: ({ pid }) => pid === program.pid || pid === process.pid })
      const { processes } = await sampler.sample()
      const row = rowOf(processes, program.pid)
      assert.ok((row.usage?.pss ?? 0) > 0 && row.usage?.source === 'rollup' && row.ageMs === 0 && row.costNs > 0)
      await program.stop()
      assert.deepEqual((await sampler.sample()).processes.map(({ pid }) => pid), [process.pid])
    })

    it('reads no process that another one has replaced', async () => {
      const program = await start('steady')
      const source = procSource()
      const info = (await source.list()).find(({ pid }) => pid === program.pid) ?? assert.fail('not listed')
      assert.equal((await source.read([info])).length, 1)
      assert.equal((await source.read([{ pid: info.pid, startTime: info.startTime + 10 }])).length, 0)
    })

    it('ends with the reason of its signal', async () => {
      const controller = new AbortController()
      const reason = new Error('enough')
      const round = new Sampler().sample(controller.signal)
      controller.abort(reason)
      await assert.rejects(round, reason)
    })
  })
})
