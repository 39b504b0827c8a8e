import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import {
  headerLine, loadSnapshots, readCapture, readSamples, record, RecordWriter, sampleLine, type SamplePick,
} from '../../src/captures/index.ts'
import { processOf, snapshotOf, TemporaryDirectory } from './support.ts'

const HEADER = headerLine({ startedAt: 1, everyMs: 1000, hostname: 'h', kernel: '6.18', bootId: undefined })

function sample(takenAt: number, pss = takenAt): string {
  return sampleLine(snapshotOf([processOf(1, { pss })], takenAt), 0)
}

const FIRST_AND_LAST: readonly SamplePick[] = [{ number: 1 }, { number: -1 }]

async function times(path: string, picks: readonly SamplePick[] = FIRST_AND_LAST): Promise<(number | undefined)[]> {
  return (await loadSnapshots(path, picks)).map(({ takenAt }) => takenAt)
}

describe('a record', () => {
  let files: TemporaryDirectory

  beforeEach(() => {
    files = new TemporaryDirectory()
  })

  afterEach(() => files[Symbol.dispose]())

  it('gives back what was written to it', async () => {
    const path = files.at('r')
    using writer = new RecordWriter(path)
    for (const line of [HEADER, sample(1000), sample(2000), sample(3000)]) writer.append(line)
    const [first, last] = await loadSnapshots(path, FIRST_AND_LAST)
    assert.deepEqual([first?.sampleNumber, last?.sampleNumber], [1, 3])
    assert.equal(last?.processes[0]?.usage?.pss, 3000)
    assert.equal(last?.processes[0]?.usage?.pssAnon, undefined)
    assert.deepEqual(last?.processes[0]?.commandLine, ['p1'])
    assert.deepEqual(last?.problems, [])
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  it('gives the sample that is asked for, by number and by time, compressed or not', async () => {
    const text = HEADER + [1000, 2000, 3000, 4000].map((time) => sample(time)).join('')
    for (const path of [files.write('r', text), files.write('r.gz', gzipSync(text))]) {
      const picks = [{ number: 2 }, { number: -2 }, { from: 1500 }, { to: 3999 }, { from: 4000 }, { to: 1000 }] as const
      assert.deepEqual(await times(path, picks), [2000, 3000, 2000, 3000, 4000, 1000])
      await assert.rejects(times(path, [{ number: 5 }]), /has no sample 5: it has 4/)
      await assert.rejects(times(path, [{ number: -5 }]), /has no sample -5/)
      await assert.rejects(times(path, [{ from: 4001 }]), /has no sample from 1970-01-01T00:00:04.001Z on/)
    }
  })

  it('that was torn at any byte is read without its last line, and goes on after it', async () => {
    const whole = HEADER + sample(1000) + sample(2000)
    const third = sample(3000)
    for (const torn of [1, 20, third.length - 1]) {
      const path = files.write(`torn-${torn}`, whole + third.slice(0, torn))
      const { takenAt, problems } = await readCapture(path)
      assert.equal(takenAt, 2000)
      assert.deepEqual(problems, ['one line is cut off or damaged'])
      using writer = new RecordWriter(path)
      assert.equal(writer.tornBytes, torn)
      writer.append(HEADER)
      writer.append(sample(4000))
      assert.equal(readFileSync(path, 'utf8'), whole + HEADER + sample(4000))
      assert.deepEqual(await times(path), [1000, 4000])
    }
  })

  it('that was torn in its first line starts anew', () => {
    const path = files.write('r', HEADER.slice(0, 30))
    using writer = new RecordWriter(path)
    assert.equal(writer.isContinued, false)
    writer.append(HEADER)
    assert.equal(readFileSync(path, 'utf8'), HEADER)
  })

  it('with a long torn line is cut where the last whole one ends', () => {
    const path = files.write('r', HEADER + 'x'.repeat(300_000))
    using writer = new RecordWriter(path)
    assert.equal(writer.tornBytes, 300_000)
    assert.equal(statSync(path).size, HEADER.length)
  })

  it('never takes the place of a file that is none', () => {
    const path = files.write('notes.txt', 'my notes\nwithout an end')
    assert.throws(() => new RecordWriter(path), { code: 'ERR_BAD_CAPTURE', message: /is no record: nothing was written/ })
    assert.equal(readFileSync(path, 'utf8'), 'my notes\nwithout an end')
  })

  it('on a full disk is an error', () => {
    using writer = new RecordWriter('/dev/full')
    assert.throws(() => writer.append(HEADER), { code: 'ENOSPC', message: /disk is full/ })
  })

  it('passes over damaged lines in its middle, and says how many', async () => {
    const path = files.write('r', `${HEADER}${sample(1000)}{"broken\n\0\0\0\n${sample(2000)}`)
    const { problems, takenAt } = await readCapture(path)
    assert.equal(takenAt, 2000)
    assert.deepEqual(problems, ['2 lines are cut off or damaged'])
  })

  it('gives all its samples, one at a time', async () => {
    const broken = '{"type":"sample","takenAt":5,broken\n'
    const path = files.write('r', HEADER + sample(1000) + broken + sample(2000) + HEADER + sample(3000) + broken.slice(0, 5))
    const seen: (number | undefined)[] = []
    assert.deepEqual(await readSamples(path, ({ takenAt }) => void seen.push(takenAt)), ['2 lines are cut off or damaged'])
    assert.deepEqual(seen, [1000, 2000, 3000])
  })

  it('is read while another process appends to it', async () => {
    const path = files.write('r', HEADER + sample(1000))
    const reading = times(path)
    appendFileSync(path, sample(2000))
    assert.equal((await reading)[0], 1000)
  })

  it('of ten thousand processes keeps memory for a few lines', async function () {
    this.timeout(1000 * 60)
    const path = files.at('large')
    using writer = new RecordWriter(path)
    writer.append(HEADER)
    const processes = Array.from({ length: 10_000 }, (_, index) => processOf(index + 1))
    for (let time = 1; time <= 20; time++) writer.append(sampleLine(snapshotOf(processes, time), 0))
    const size = statSync(path).size
    const before = process.memoryUsage().rss
    const [first, last] = await loadSnapshots(path, FIRST_AND_LAST)
    assert.deepEqual([first?.processes.length, last?.takenAt], [10_000, 20])
    const growth = process.memoryUsage().rss - before
    assert.ok(growth < Math.max(size, 2 ** 27), `${growth} bytes for a record of ${size}`)
  })

  it('writes no character that acts on a terminal', () => {
    const comm = 'a\x1b[31m\x9b2J\u202e\u2028'
    const line = sampleLine(snapshotOf([processOf(1, { comm })]), 0)
    assert.match(line, /^[\x20-\x7e]+\n$/)
    assert.equal((JSON.parse(line) as { processes: { comm: string }[] }).processes[0]?.comm, comm)
  })
})

describe('recording', () => {
  /** A clock that only sampling moves on; waits are as long as they are asked for. */
  async function run(everyMs: number, forMs: number, costMs: (count: number) => number): Promise<[number, number][]> {
    let count = 0
    let now = 0
    const lines: [number, number][] = []
    await record({
      everyMs, forMs,
      now: () => {
        now = Math.max(now, Math.ceil(now / everyMs) * everyMs)
        return now
      },
      take: () => {
        const takenAt = now
        now += costMs(count++)
        return Promise.resolve(snapshotOf([], takenAt))
      },
      append: (line) => {
        const { takenAt, skipped = 0 } = JSON.parse(line) as { takenAt: number, skipped?: number }
        lines.push([takenAt, skipped])
      },
    })
    return lines
  }

  it('takes samples at multiples of the interval, whatever they cost', async () => {
    assert.deepEqual(await run(10, 40, () => 3), [[0, 0], [10, 0], [20, 0], [30, 0], [40, 0]])
  })

  it('skips what was due while a sample was taken, and tells how many', async () => {
    assert.deepEqual(await run(10, 60, (count) => (count === 1 ? 25 : 1)), [[0, 0], [10, 0], [40, 2], [50, 0], [60, 0]])
  })

  it('ends after the line that is being written', async () => {
    const stop = new AbortController()
    const lines: string[] = []
    const { samples } = await record({
      everyMs: 1, signal: stop.signal,
      take: () => {
        stop.abort()
        return Promise.resolve(snapshotOf([]))
      },
      append: (line) => void lines.push(line),
    })
    assert.equal(samples, 1)
    assert.equal(lines.length, 1)
  })

  it('ends at once while it waits', async () => {
    const stop = new AbortController()
    const options = { everyMs: 2 ** 40, signal: stop.signal, take: () => Promise.resolve(snapshotOf([])), append: () => undefined }
    const ended = record({ ...options, onSample: () => setImmediate(() => stop.abort()) })
    assert.deepEqual(await ended, { samples: 1, skipped: 0 })
  })
})
