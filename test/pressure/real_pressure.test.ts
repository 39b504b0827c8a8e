import assert from 'node:assert/strict'
import { mkdirSync, rmdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backend } from '../../src/native/index.ts'
import { watchPressure, type PressureEvent } from '../../src/system/index.ts'
import { isNative } from '../support/backends.ts'
import { RealGroup, writableGroup } from '../support/cgroups.ts'
import { skip } from '../support/skip.ts'
import { waitFor } from '../support/wait_for.ts'

const M = 1024 ** 2
const DEADLINE_MS = 1000 * 60
const TMPFS = 0x01021994

/** Fills its memory 1 MB at a time, as soon as it is told to, until it is ended. */
const GROWING = `
  const kept = []
  process.stdin.once('data', () => setInterval(() => kept.push(Buffer.alloc(1 << 20, 1)), 5))
`
/** Six readers of a file three times as large as the limit throw out each other's pages. */
const THRASHING = 'head -c "$2" /dev/urandom > "$1"; for i in 1 2 3 4 5 6; do (while :; do cat "$1" > /dev/null; done) & done; wait'

describe('real pressure in a control group of version 1', function () {
  this.timeout(DEADLINE_MS * 2)
  let group: RealGroup | undefined

  beforeEach(function () {
    const place = writableGroup('memory1')
    if ('reason' in place) skip(this, place.reason)
    if (!isNative()) skip(this, 'the TypeScript backend cannot poll')
    group = new RealGroup(place.folder, 96 * M)
  })
  afterEach(async () => {
    await group?.remove()
    group = undefined
  })

  it('is told of by threshold, level and oom while a process grows to its limit', async () => {
    assert.ok(group !== undefined)
    const child = await group.run(process.execPath, '-e', GROWING)
    const events: PressureEvent[] = []
    using watch = watchPressure({
      pid: child.pid ?? 0, env: {}, interval: 50, thresholds: [0.6, 0.9], onEvent: (event) => events.push(event),
    })
    const watched = watch.sources.filter(({ path }) => path.startsWith(group?.folder ?? '?')).map(({ kind, how }) => `${kind} ${how}`)
    assert.deepEqual(watched, ['level told', 'level told', 'oom told', 'threshold told', 'threshold told'])

    child.stdin.write('go\n')
    const has = (kind: PressureEvent['kind'], what: string) => (): boolean =>
      events.some((event) => event.kind === kind && `${event.level ?? ''} ${event.detail}`.includes(what))
    await waitFor(has('threshold', 'above 60 %'), DEADLINE_MS, 'the lower threshold is passed')
    await waitFor(has('threshold', 'above 90 %'), DEADLINE_MS, 'the upper threshold is passed')
    await waitFor(has('level', 'medium'), DEADLINE_MS, 'reclaim gets to medium')
    await waitFor(has('level', 'critical'), DEADLINE_MS, 'reclaim gets to critical')
    await waitFor(has('oom', ''), DEADLINE_MS, 'the group runs out of memory')
    const threshold = events.find(({ kind }) => kind === 'threshold')
    assert.equal(threshold?.path, join(group.folder, 'memory.usage_in_bytes'))
    assert.match(threshold.detail, /uses \d+ bytes with its page cache, above 60 % of its limit of 100663296$/)
  })

  it('is told of as stalls', async function () {
    if (statfsSync(tmpdir()).type === TMPFS) skip(this, 'files in the temporary folder are memory themselves')
    assert.ok(group !== undefined)
    const small = new RealGroup(group.folder, 12 * M)
    const file = join(tmpdir(), `smem-ts-thrash-${process.pid}`)
    const events: PressureEvent[] = []
    using watch = watchPressure({ env: {}, thresholds: [], levels: [], onEvent: (event) => events.push(event) })
    try {
      if (!watch.sources.some(({ kind, how }) => kind === 'psi' && how === 'told')) {
        skip(this, `no trigger can be had: ${JSON.stringify(watch.skipped)}`)
      }
      await small.run('/bin/sh', '-c', THRASHING, 'sh', file, String(36 * M))
      await waitFor(() => events.some(({ kind }) => kind === 'psi'), DEADLINE_MS, 'the trigger fires')
      assert.match(events.find(({ kind }) => kind === 'psi')?.detail ?? '', /^tasks stalled for want of memory \(some 200000 2000000\)$/)
    } finally {
      await small.remove()
      rmSync(file, { force: true })
    }
  })

  it('ends when the group is removed', async () => {
    assert.ok(group !== undefined)
    const child = await group.run('/bin/sleep', '60')
    using watch = watchPressure({ pid: child.pid ?? 0, env: {}, interval: 10, onEvent: () => undefined })
    const own = (): number => watch.sources.filter(({ path }) => path.startsWith(group?.folder ?? '?')).length
    assert.equal(own(), 4)
    await group.remove()
    await waitFor(() => own() === 0, DEADLINE_MS, 'all sources of the group end')
    const ended = watch.skipped.filter(({ reason }) => reason.startsWith('it has ended'))
    assert.deepEqual(ended.map(({ kind }) => kind).sort(), ['level', 'level', 'oom', 'threshold'])
  })
})

describe('a trigger of a group of version 2', () => {
  it('ends once when the group is removed', async function () {
    const place = writableGroup('unified')
    if ('reason' in place) skip(this, place.reason)
    const { pressure } = backend()
    if (pressure === undefined) skip(this, 'the TypeScript backend cannot poll')
    const folder = join(place.folder, `smem-ts-test-${process.pid}`)
    mkdirSync(folder)
    const counts: number[] = []
    const poll = pressure.trigger(join(folder, 'memory.pressure'), Buffer.from('some 200000 2000000\0'), (count) => counts.push(count))
    rmdirSync(folder)
    if (typeof poll === 'number') skip(this, `no trigger can be had: errno ${poll}`)
    await waitFor(() => counts.length > 0, DEADLINE_MS, 'it ends')
    assert.deepEqual(counts, [0])
    poll.close()
  })
})
