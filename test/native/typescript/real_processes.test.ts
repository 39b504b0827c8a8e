import assert from 'node:assert/strict'
import { readFileSync, readlinkSync } from 'node:fs'
import { constants as os } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { NO_ADDRESS_SPACE } from '../../../src/errors.ts'
import { MappingColumn, Report, Step } from '../../../src/native/backend.ts'
import type { MappingTable, ProcessDirectory, UsageSource } from '../../../src/native/backend.ts'
import { FIELD_COUNT, FIELD_INDEX, FIELD_TABLE } from '../../../src/native/field_table.ts'
import type { FieldName } from '../../../src/native/field_table.ts'
import { typescriptBackend as backend } from '../../../src/native/typescript/index.ts'
import { countDescriptors } from '../../support/descriptors.ts'
import { skip } from '../../support/skip.ts'
import { waitFor } from '../../support/wait_for.ts'
import { end, endProcesses, startSleep, startZombie, statOf, suspend } from './processes.ts'

const { EBADF, ECANCELED, ENOENT, ESRCH } = os.errno
const PF_KTHREAD = 0x00200000
const KTHREADD = 2
const UNTOUCHED = -7

describe('the TypeScript backend on real processes', () => {
  afterEach(endProcesses)

  for (const [how, read] of [['at once', readNow], ['later', readLater]] as const) {
    describe(`read ${how}`, () => {
      it('shows the figures of a stopped process as the file has them', async () => {
        const { pid } = await startSleep()
        await suspend(pid)
        const { error, figure, report } = await read(pid, 'smaps')
        assert.deepEqual([error, report[Report.source], report[Report.step]], [0, 1, Step.read])
        const text = readFileSync(`/proc/${pid}/smaps`, 'latin1')
        // Others may map and unmap the same libraries meanwhile, which moves PSS and what counts as shared.
        for (const name of ['rss', 'size', 'anonymous', 'swap', 'locked'] as const) {
          assert.equal(figure(name), sumOf(text, name), name)
        }
        assert.equal(figure('mappings'), text.match(/^[0-9a-f]+-/gm)?.length)
        const parts = figure('sharedClean') + figure('sharedDirty') + figure('privateClean') + figure('privateDirty')
        assert.equal(parts, figure('rss'))
        assert.equal(figure('uss'), figure('privateClean') + figure('privateDirty'))
        assert.ok((report[Report.costNs] ?? 0) > 0)
      })

      it('shows the same resident bytes from the rollup', async () => {
        const { pid } = await startSleep()
        await suspend(pid)
        const { error, figure } = await read(pid, 'rollup')
        assert.equal(error, 0)
        assert.equal(figure('rss'), (await read(pid, 'smaps')).figure('rss'))
      })

      it('says of a zombie that it has no address space', async () => {
        const pid = await startZombie()
        for (const source of ['rollup', 'smaps'] as const) {
          const { error, figure } = await read(pid, source)
          assert.deepEqual([error, figure('rss')], [NO_ADDRESS_SPACE, UNTOUCHED])
        }
      })

      it('says of a kernel thread that it has no address space', async function () {
        const flags = Number(statOf(KTHREADD)?.fields[6])
        if ((flags & PF_KTHREAD) === 0) skip(this, 'pid 2 is no kernel thread here')
        for (const source of ['rollup', 'smaps'] as const) {
          assert.equal((await read(KTHREADD, source)).error, NO_ADDRESS_SPACE)
        }
      })

      it('says ESRCH of a process that is gone', async () => {
        const child = await startSleep()
        await end(child)
        const { error, report } = await read(child.pid, 'rollup')
        assert.deepEqual([error, report[Report.step]], [ESRCH, Step.openDirectory])
      })

      it('tells a missing process from a missing /proc', async () => {
        assert.equal((await read(process.pid, 'rollup', '/nonexistent')).error, ENOENT)
      })

      it('keeps no descriptor, whatever comes of it', async () => {
        const [sleeping, zombie] = [await startSleep(), await startZombie()]
        await read(zombie, 'smaps')
        const before = countDescriptors()
        for (const pid of [sleeping.pid, zombie, process.pid]) {
          for (const source of ['rollup', 'smaps'] as const) await read(pid, source)
        }
        assert.equal(countDescriptors(), before)
      })
    })
  }

  it('reads many at the same time without mixing them up', async () => {
    const { pid } = await startSleep()
    await suspend(pid)
    const own = readNow(pid, 'smaps').figure('rss')
    const reads = Array.from({ length: 40 }, (_, i) => readLater(i % 2 === 0 ? pid : process.pid, 'smaps'))
    for (const [i, { error, figure }] of (await Promise.all(reads)).entries()) {
      assert.equal(error, 0)
      assert.equal(figure('rss') === own, i % 2 === 0)
    }
  })

  it('ends a cancelled read', async () => {
    const cancelled = new Int32Array([1])
    const [target, report] = [new Float64Array(FIELD_COUNT).fill(UNTOUCHED), new Float64Array(Report.length)]
    assert.equal(await backend.readUsageAsync('/proc', process.pid, 'smaps', target, report, cancelled), ECANCELED)
    assert.equal(target[FIELD_INDEX.rss], UNTOUCHED)
    assert.equal(await backend.readMappingsAsync('/proc', process.pid, report, cancelled), ECANCELED)
  })

  it('lists the mappings of a stopped process as maps has them', async () => {
    const { pid } = await startSleep()
    await suspend(pid)
    const expected = readFileSync(`/proc/${pid}/maps`, 'latin1').replace(/ +/g, ' ')
    const report = new Float64Array(Report.length)
    const later = await backend.readMappingsAsync('/proc', pid, report, new Int32Array(1))
    for (const table of [backend.readMappings('/proc', pid, report), later]) {
      assert.ok(typeof table !== 'number')
      assert.equal(asMaps(table), expected)
    }
  })

  it('passes on why there are no mappings', async () => {
    const report = new Float64Array(Report.length)
    assert.equal(backend.readMappings('/proc', await startZombie(), report), NO_ADDRESS_SPACE)
    assert.equal(report[Report.source], 1)
  })
})

describe('a process held open by the TypeScript backend', () => {
  afterEach(endProcesses)

  it('knows its start time, its resident bytes and that it is alive', async () => {
    const { pid } = await startSleep()
    await suspend(pid)
    const handle = open(pid)
    assert.equal(handle.startTicks, Number(statOf(pid)?.fields[19]))
    const { figure } = readNow(pid, 'smaps')
    // The counters behind statm are batched for each CPU on some kernels.
    assert.ok(Math.abs(handle.rss() - figure('rss')) < 1024 * 1024)
    assert.equal(handle.alive(), true)
    const [target, report] = [new Float64Array(FIELD_COUNT), new Float64Array(Report.length)]
    assert.equal(handle.readUsage('smaps', target, report), 0)
    assert.equal(target[FIELD_INDEX.rss], figure('rss'))
    handle.close()
  })

  it('is known to be gone, whoever gets its pid next', async () => {
    const child = await startSleep()
    const handle = open(child.pid)
    assert.ok(handle.rss() > 0)
    await end(child)
    assert.equal(handle.rss(), -ESRCH)
    assert.equal(handle.alive(), false)
    assert.equal(readWith(handle, 'rollup'), ESRCH)
    assert.equal(readWith(handle, 'smaps'), ESRCH)
    handle.close()
  })

  it('has no address space and is not alive once it is a zombie', async () => {
    const handle = open(await startZombie())
    assert.equal(handle.rss(), -NO_ADDRESS_SPACE)
    assert.equal(handle.alive(), false)
    assert.equal(readWith(handle, 'rollup'), NO_ADDRESS_SPACE)
    handle.close()
  })

  it('reads nothing after close, not even another file with the same number', async () => {
    const { pid } = await startSleep()
    const handle = open(pid)
    const descriptor = newest()
    handle.close()
    const other = open(process.pid)
    assert.equal(newest(), descriptor)
    handle.close()
    assert.equal(readWith(handle, 'rollup'), EBADF)
    assert.equal(handle.rss(), -EBADF)
    assert.equal(handle.alive(), false)
    assert.equal(other.alive(), true)
    other.close()
  })

  it('gives back its descriptors', async () => {
    const { pid } = await startSleep()
    const before = countDescriptors()
    const handle = open(pid)
    handle.rss()
    handle.rss()
    assert.equal(countDescriptors(), before + 2)
    handle.close()
    assert.equal(countDescriptors(), before)
  })

  it('gives back its descriptors when it is dropped without being closed', async () => {
    const { pid } = await startSleep()
    const before = countDescriptors()
    const drop = (): void => {
      for (let i = 0; i < 50; i += 1) open(pid).rss()
    }
    drop()
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    await waitFor(() => (collect(), countDescriptors() <= before), 1000 * 20, 'the descriptors are given back')
  })

  it('is refused with ESRCH when there is no such process', async () => {
    const child = await startSleep()
    await end(child)
    const before = countDescriptors()
    assert.equal(backend.openProcess('/proc', child.pid), ESRCH)
    assert.equal(backend.openProcess('/nonexistent', child.pid), ENOENT)
    assert.equal(countDescriptors(), before)
  })
})

function readNow(pid: number, source: UsageSource, procRoot = '/proc') {
  const [target, report] = [new Float64Array(FIELD_COUNT).fill(UNTOUCHED), new Float64Array(Report.length)]
  return outcome(backend.readUsage(procRoot, pid, source, target, report), target, report)
}

async function readLater(pid: number, source: UsageSource, procRoot = '/proc') {
  const [target, report] = [new Float64Array(FIELD_COUNT).fill(UNTOUCHED), new Float64Array(Report.length)]
  const error = await backend.readUsageAsync(procRoot, pid, source, target, report, new Int32Array(1))
  return outcome(error, target, report)
}

function outcome(error: number, target: Float64Array, report: Float64Array) {
  return { error, report, figure: (name: FieldName): number => target[FIELD_INDEX[name]] ?? NaN }
}

function sumOf(smaps: string, name: FieldName): number {
  const kernelName = FIELD_TABLE[FIELD_INDEX[name]]?.[1]
  const lines = smaps.matchAll(new RegExp(`^${kernelName}: +([0-9]+) kB$`, 'gm'))
  return [...lines].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0)
}

/** The table as the kernel shows it in /proc/PID/maps, but for the padding before the path. */
function asMaps(table: MappingTable): string {
  const text = Buffer.from(table.text).toString('latin1')
  const row = FIELD_COUNT + MappingColumn.length
  return Array.from({ length: table.count }, (_, i) => {
    const column = (at: number): number => table.numbers[i * row + FIELD_COUNT + at] ?? NaN
    const [start, end, offset, inode] = [...table.words.subarray(i * 4, i * 4 + 4)].map((word) => word.toString(16))
    const at = column(MappingColumn.textAt)
    const deviceEnd = at + 4 + column(MappingColumn.deviceSize)
    const path = text.slice(deviceEnd, deviceEnd + column(MappingColumn.pathSize))
    const addresses = `${start?.padStart(8, '0')}-${end?.padStart(8, '0')}`
    const place = `${offset?.padStart(8, '0')} ${text.slice(at + 4, deviceEnd)} ${Number(`0x${inode}`)} `
    return `${addresses} ${text.slice(at, at + 4)} ${place}${path}\n`
  }).join('')
}

function open(pid: number): ProcessDirectory {
  const handle = backend.openProcess('/proc', pid)
  assert.ok(typeof handle !== 'number', `openProcess failed with errno ${String(handle)}`)
  return handle
}

function readWith(handle: ProcessDirectory, source: UsageSource): number {
  return handle.readUsage(source, new Float64Array(FIELD_COUNT), new Float64Array(Report.length))
}

/** The descriptor of this process that leads to a directory of /proc other than its own listing. */
function newest(): number {
  for (let fd = 3; fd < 1000; fd += 1) {
    try {
      if (/^\/proc\/[0-9]+$/.test(readlinkSync(`/proc/self/fd/${fd}`))) return fd
    } catch {
      // not open
    }
  }
  return -1
}
