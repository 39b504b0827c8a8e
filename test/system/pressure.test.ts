import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchPressure, type PressureEvent, type PressureOptions, type PressureWatch } from '../../src/system/index.ts'
import { StallWindow } from '../../src/system/stall_poll.ts'
import { isNative } from '../support/backends.ts'
import { CgroupCopy, frozenCgroups, type Roots } from '../support/cgroups.ts'
import { skip } from '../support/skip.ts'
import { waitFor } from '../support/wait_for.ts'

const G = 1024 ** 3
const DEADLINE_MS = 1000 * 20

/** A watch of a tree, with what it has told; without the environment of whoever runs the tests. */
function watching(roots: Roots, options: Partial<PressureOptions> = {}): { watch: PressureWatch; events: PressureEvent[] } {
  const events: PressureEvent[] = []
  const { procRoot, cgroupRoot } = roots
  const watch = watchPressure({ procRoot, cgroupRoot, interval: 20, env: {}, onEvent: (event) => events.push(event), ...options })
  opened.push(watch)
  return { watch, events }
}

const opened: PressureWatch[] = []
afterEach(() => opened.splice(0).forEach((watch) => watch.close()))

/** kind, how, and path below the roots, of each source. */
function sourcesOf(watch: PressureWatch, { procRoot, cgroupRoot }: Roots): string[] {
  return watch.sources.map(({ kind, how, path }) => `${kind} ${how} ${path.replace(cgroupRoot, '').replace(procRoot, 'proc')}`)
}

const psi = (total: number): string => `some avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`
const counts = (high: number, max: number, oom: number, kill: number): string =>
  `low 0\nhigh ${high}\nmax ${max}\noom ${oom}\noom_kill ${kill}\n`

describe('the pressure of a frozen tree', () => {
  it('of version 2 is polled from the group, and the counts of its own and of the level with the limit are watched', () => {
    const roots = frozenCgroups('v2')
    using watch = watching(roots).watch
    assert.deepEqual(sourcesOf(watch, roots), [
      'psi polled /app.slice/web.service/memory.pressure',
      'high told /app.slice/web.service/memory.events',
      'max told /app.slice/web.service/memory.events',
      'oom told /app.slice/web.service/memory.events',
      'high told /app.slice/memory.events.local',
      'max told /app.slice/memory.events.local',
      'oom told /app.slice/memory.events.local',
      'threshold polled /app.slice/memory.current',
    ])
    const reasons = watch.skipped.map(({ kind, reason }) => `${kind} ${reason.split(':')[0] ?? ''}`)
    assert.deepEqual(reasons, isNative()
      ? ['psi EOPNOTSUPP', 'psi EOPNOTSUPP', 'level only version 1 has levels']
      : ['psi needs the addon', 'psi needs the addon', 'level only version 1 has levels'])
    assert.equal(watch.sources.at(-1)?.condition, `${Math.floor(3.6 * G)} bytes, 90 % of the limit`)
  })

  it('is not written to by what cannot be polled', () => {
    const roots = frozenCgroups('v2')
    const path = join(roots.cgroupRoot, 'app.slice/web.service/memory.pressure')
    const before = readFileSync(path, 'utf8')
    watching(roots).watch.close()
    assert.equal(readFileSync(path, 'utf8'), before)
  })

  it('of a hybrid system is that of the unified group, and of version 1 what can be polled', () => {
    const roots = frozenCgroups('hybrid')
    using watch = watching(roots).watch
    assert.deepEqual(sourcesOf(watch, roots), [
      'psi polled /unified/system.slice/job.service/memory.pressure',
      'threshold polled /memory/batch/memory.usage_in_bytes',
    ])
    const skipped = watch.skipped.map(({ kind, path }) => `${kind} ${path.replace(roots.cgroupRoot, '')}`)
    assert.deepEqual(skipped.slice(-3), [
      'level /memory/batch/memory.pressure_level', 'level /memory/batch/memory.pressure_level', 'oom /memory/batch/memory.oom_control',
    ])
  })

  it('without any source says what was tried', () => {
    const roots = frozenCgroups('v1-old')
    using watch = watching(roots, { thresholds: [], levels: [] }).watch
    assert.deepEqual(watch.sources, [])
    assert.deepEqual(watch.skipped.map(({ path }) => path.replace(roots.procRoot, 'proc').replace(roots.cgroupRoot, '')),
      ['proc/pressure/memory', 'proc/pressure/memory', '/memory/memory.oom_control'])
  })

  it('tells of high, max and oom when the counts rise', async () => {
    using copy = new CgroupCopy('v2-container')
    const { events } = watching(copy)
    copy.write('memory.events', counts(2, 0, 0, 0))
    await waitFor(() => events.length === 1, DEADLINE_MS, 'an event comes')
    copy.write('memory.events', counts(2, 5, 1, 3))
    await waitFor(() => events.length === 3, DEADLINE_MS, 'two more events come')
    assert.deepEqual(events.map(({ kind, count }) => [kind, count]), [['high', 2], ['max', 5], ['oom', 3]])
    assert.equal(events[1]?.path, join(copy.cgroupRoot, 'memory.events'))
    assert.match(events[1].detail, /came to its limit$/)
  })

  it('tells of a threshold once each time the use rises above it, of whatever the limit is then', async () => {
    using copy = new CgroupCopy('v2-container')
    const { events } = watching(copy, { thresholds: [0.5, 0.9] })
    // 400 of 512 MB: above the half to begin with
    copy.write('memory.current', String(500 * 1024 ** 2))
    await waitFor(() => events.length === 1, DEADLINE_MS, 'the threshold is told of')
    assert.match(events[0]?.detail ?? '', /uses 524288000 bytes with its page cache, above 90 % of its limit of 536870912$/)
    copy.write('memory.max', String(G))
    copy.write('memory.current', String(100 * 1024 ** 2))
    copy.write('memory.pressure', psi(10 + 1_000_000)) // told by a check that comes after both
    await waitFor(() => events.length === 2, DEADLINE_MS, 'all has been read again')
    copy.write('memory.current', String(600 * 1024 ** 2))
    await waitFor(() => events.length === 3, DEADLINE_MS, 'the half of the new limit is told of')
    assert.deepEqual(events.map(({ kind }) => kind), ['threshold', 'psi', 'threshold'])
    assert.match(events[2]?.detail ?? '', /above 50 %/)
  })

  it('is told by polling when tasks stalled long enough', async () => {
    using copy = new CgroupCopy('v2-container')
    const { events } = watching(copy, { trigger: { stall: '100ms', window: '1s' } })
    copy.write('memory.pressure', psi(10 + 150_000))
    await waitFor(() => events.length === 1, DEADLINE_MS, 'the stall is told of')
    assert.deepEqual([events[0]?.kind, events[0]?.path], ['psi', join(copy.cgroupRoot, 'memory.pressure')])
    assert.match(events[0]?.detail ?? '', /^tasks stalled for want of memory for 150 ms \(some 100 ms in 1000 ms\)$/)
  })

  it('goes on with what is left when a group is removed', async () => {
    using copy = new CgroupCopy('v2')
    const { watch } = watching(copy)
    copy.remove('app.slice/web.service')
    await waitFor(() => sourcesOf(watch, copy).includes('psi polled proc/pressure/memory'), DEADLINE_MS, 'the next source takes over')
    assert.ok(watch.skipped.some(({ kind, reason }) => kind === 'high' && reason.startsWith('it has ended')))
    assert.ok(sourcesOf(watch, copy).includes('max told /app.slice/memory.events.local'))
  })

  it('tells nothing any more once it is closed, even by its own listener', async () => {
    using copy = new CgroupCopy('v2-container')
    const events: PressureEvent[] = []
    const watch = watchPressure({
      ...rootsOf(copy), env: {}, interval: 20,
      onEvent: (event) => {
        events.push(event)
        watch.close()
      },
    })
    copy.write('memory.events', counts(1, 1, 1, 1))
    await waitFor(() => events.length > 0, DEADLINE_MS, 'the first event comes')
    assert.deepEqual([events.length, watch.sources.length], [1, 0])
    watch.close()
  })
})

function rootsOf({ procRoot, cgroupRoot }: Roots): Roots {
  return { procRoot, cgroupRoot }
}

describe('the pressure that a service manager tells of', () => {
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'smem-ts-service-'))))
  after(() => rmSync(folder, { recursive: true, force: true }))
  beforeEach(function () {
    if (!isNative()) skip(this, 'the TypeScript backend cannot poll')
  })
  const roots = frozenCgroups('v1-old')

  it('comes by a FIFO, whose bytes are dropped', async () => {
    const path = join(folder, 'fifo')
    execFileSync('mkfifo', [path])
    const { watch, events } = watching(roots, { env: { MEMORY_PRESSURE_WATCH: path, MEMORY_PRESSURE_WRITE: 'c29tZQA=' } })
    assert.deepEqual(watch.sources[0], { kind: 'service', path, how: 'told', condition: 'any message' })
    const fifo = openSync(path, 'w')
    try {
      for (let i = 1; i <= 3; i++) {
        writeSync(fifo, 'x'.repeat(5000))
        await waitFor(() => events.length === i, DEADLINE_MS, `event ${i} comes`)
      }
    } finally {
      closeSync(fifo)
    }
    assert.deepEqual(events[0], { kind: 'service', path, detail: 'the service manager says that memory is short', count: 1 })
  })

  it('comes by a socket, to which what was asked for is written first; when it ends the next source takes over', async () => {
    const path = join(folder, 'socket')
    const server = createServer().listen(path)
    await once(server, 'listening')
    const connected = once(server, 'connection') as Promise<[Socket]>
    const text = Buffer.from('some 200000 2000000\0')
    using copy = new CgroupCopy('hybrid')
    const { watch, events } = watching(copy, {
      env: { MEMORY_PRESSURE_WATCH: path, MEMORY_PRESSURE_WRITE: text.toString('base64') },
    })
    const [socket] = await connected
    const [received] = await once(socket, 'data') as [Buffer]
    assert.deepEqual(received, text)
    socket.write('pressure')
    await waitFor(() => events.length === 1, DEADLINE_MS, 'an event comes')
    socket.end()
    socket.destroy()
    server.close()
    await waitFor(() => watch.sources[0]?.kind !== 'service', DEADLINE_MS, 'the socket has ended')
    assert.ok(sourcesOf(watch, copy).includes('psi polled /unified/system.slice/job.service/memory.pressure'))
    assert.equal(events.length, 1)
  })

  it('is switched off by /dev/null, and so are all stalls', () => {
    using watch = watching(frozenCgroups('v2'), { env: { MEMORY_PRESSURE_WATCH: '/dev/null' } }).watch
    assert.ok(watch.sources.every(({ kind }) => kind !== 'psi' && kind !== 'service'))
    assert.deepEqual(watch.skipped[0], { kind: 'psi', path: '/dev/null', reason: 'switched off by MEMORY_PRESSURE_WATCH=/dev/null' })
  })

  it('is passed over when it makes no sense, and a file that is none of the kernel\'s stays as it is', () => {
    const plain = join(folder, 'plain')
    writeFileSync(plain, 'a text of mine')
    const reasonFor = (env: Record<string, string>): string | undefined => {
      using watch = watching(roots, { env }).watch
      return watch.skipped.find(({ kind }) => kind === 'service')?.reason
    }
    assert.equal(reasonFor({ MEMORY_PRESSURE_WATCH: 'relative' }), 'MEMORY_PRESSURE_WATCH is no absolute path')
    assert.equal(reasonFor({ MEMORY_PRESSURE_WATCH: plain, MEMORY_PRESSURE_WRITE: '?' }), 'MEMORY_PRESSURE_WRITE is not base64')
    assert.match(reasonFor({ MEMORY_PRESSURE_WATCH: plain }) ?? '', /^EOPNOTSUPP: /)
    assert.match(reasonFor({ MEMORY_PRESSURE_WATCH: join(folder, 'nothing') }) ?? '', /^ENOENT: /)
    assert.match(reasonFor({ MEMORY_PRESSURE_WATCH: folder }) ?? '', /^EOPNOTSUPP: /)
    assert.equal(reasonFor({ MEMORY_PRESSURE_WATCH: '' }), undefined)
    assert.equal(readFileSync(plain, 'utf8'), 'a text of mine')
  })
})

describe('stalls that are polled', () => {
  const trigger = { kind: 'some', stallMs: 200, windowMs: 2000 } as const

  it('count within the window only, and are told of once a window', () => {
    const window = new StallWindow(trigger, 0, 0)
    assert.equal(window.add(150_000, 1000), undefined)
    assert.equal(window.add(190_000, 2000), undefined)
    assert.equal(window.add(250_000, 3000), undefined) // 150 of them are older than 2 s
    assert.equal(window.add(400_000, 3500), 200) // of 250 in 2.5 s
    assert.equal(window.add(900_000, 4000), undefined)
    assert.equal(window.add(900_000, 5499), undefined)
    assert.equal(window.add(901_000, 5500), 501)
  })

  it('of an interval that is longer than the window are taken to be spread evenly', () => {
    const window = new StallWindow(trigger, 0, 0)
    assert.equal(window.add(900_000, 10_000), undefined)
    assert.equal(window.add(1_900_000, 20_000), 200)
  })

  it('are nothing when the total begins anew', () => {
    const window = new StallWindow(trigger, 5_000_000, 0)
    assert.equal(window.add(0, 1000), undefined)
  })
})

describe('the options of watchPressure', () => {
  const cases: readonly [options: unknown, message: string][] = [
    [undefined, 'the options of watchPressure must be an object, got undefined'],
    [{}, '"onEvent" must be a function, got undefined'],
    [{ intervall: 1 }, 'unknown option "intervall" of watchPressure: did you mean "interval"?'],
    [{ interval: 5 }, '"interval" must be from 10 ms to 1 h, got 5'],
    [{ interval: 'soon' }, '"interval" must be a number of milliseconds or a string such as \'30s\', got \'soon\''],
    [{ trigger: { window: '499ms' } }, '"trigger.window" must be from 500 ms to 10 s, got \'499ms\''],
    [{ trigger: { window: '11s' } }, '"trigger.window" must be from 500 ms to 10 s, got \'11s\''],
    [{ trigger: { stall: 0 } }, '"trigger.stall" must be from 0.001 ms to the window, 2000 ms, got 0'],
    [{ trigger: { stall: '3s' } }, '"trigger.stall" must be from 0.001 ms to the window, 2000 ms, got \'3s\''],
    [{ trigger: { kind: 'ful' } }, '"trigger.kind" must be \'some\' or \'full\', got \'ful\'; did you mean \'full\'?'],
    [{ trigger: { stalls: 1 } }, 'unknown option "stalls" of trigger: did you mean "stall"?'],
    [{ thresholds: 0.9 }, '"thresholds" must be an array of shares of the limit, got 0.9'],
    [{ thresholds: [90] }, '"thresholds" must hold shares of the limit, above 0 and up to 1, got 90'],
    [{ thresholds: [NaN] }, '"thresholds" must hold shares of the limit, above 0 and up to 1, got NaN'],
    [{ levels: 'low' }, '"levels" must be an array of levels, got \'low\''],
    [{ levels: ['mediun'] }, '"levels" must be \'low\' or \'medium\' or \'critical\', got \'mediun\'; did you mean \'medium\'?'],
    [{ pid: -1 }, '"pid" must be a positive integer up to 4194304, got -1'],
    [{ env: null }, '"env" must be an object, got null'],
    [{ procRoot: 7 }, '"procRoot" must be a path, got 7'],
  ]
  for (const [options, message] of cases) {
    it(`are refused: ${message}`, () => {
      const whole = options !== undefined && Object.keys(options as object).length > 0 ? { onEvent: () => undefined, ...options as object } : options
      assert.throws(() => watchPressure(whole as never), { name: 'TypeError', message })
    })
  }
})
