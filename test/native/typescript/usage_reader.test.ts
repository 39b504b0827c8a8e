import assert from 'node:assert/strict'
import { constants as os } from 'node:os'

import { MALFORMED_SMAPS, NO_ADDRESS_SPACE, NO_SMAPS } from '../../../src/errors.ts'
import { Step } from '../../../src/native/backend.ts'
import type { UsageSource } from '../../../src/native/backend.ts'
import { FIELD_COUNT, FIELD_INDEX } from '../../../src/native/field_table.ts'
import { Malformed } from '../../../src/native/malformed.ts'
import { MappingTableBuilder } from '../../../src/native/typescript/mapping_table.ts'
import { pageSize } from '../../../src/native/typescript/page_size.ts'
import { isAlive, readStartTicks } from '../../../src/native/typescript/process_dir.ts'
import {
  newReport, openStatm, readMappings, readRss, readUsage,
} from '../../../src/native/typescript/usage_reader.ts'
import { DIRECTORY, ScriptedProcess } from './scripted_process.ts'
import type { Opening } from './scripted_process.ts'
import { mappingText } from './smaps_text.ts'

const { EACCES, EINTR, EIO, EMFILE, ENOENT, ESRCH } = os.errno
const UNTOUCHED = -7
const FIRST = mappingText({ start: 0x400000, end: 0x402000 })
const SECOND = mappingText({ start: 0x402000, end: 0x404000 })
const TORN = mappingText({ start: 0x401000, end: 0x403000 })
const VSYSCALL = mappingText({ start: 0xffffffffff600000n, end: 0xffffffffff601000n, path: '[vsyscall]' })

describe('reading one process, in TypeScript', () => {
  it('fills the figures from the rollup', () => {
    const { error, rss, report } = read('rollup', { smaps_rollup: [{ reads: [FIRST] }] })
    assert.deepEqual([error, rss, report.source, report.step], [0, 4096, 'rollup', Step.read])
  })

  it('puts a stream together from reads that end anywhere', () => {
    const text = FIRST + SECOND + VSYSCALL
    for (const size of [1, 7, 511, 512, 513]) {
      const reads = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
      assert.deepEqual(read('smaps', { smaps: [{ reads }] }).rss, 3 * 4096)
    }
  })

  it('leaves the figures alone when it fails', () => {
    for (const openings of [[EACCES], [{ reads: [FIRST, -EIO] }], [{ reads: ['x'] }]]) {
      assert.equal(read('smaps', { smaps: openings }).rss, UNTOUCHED)
    }
  })

  it('starts a read anew that a signal interrupted', () => {
    const { error, rss } = read('smaps', { smaps: [{ reads: [-EINTR, FIRST, -EINTR, -EINTR, SECOND, VSYSCALL] }] })
    assert.deepEqual([error, rss], [0, 3 * 4096])
  })

  it('reads smaps where there is no rollup', () => {
    const { error, rss, report } = read('rollup', { smaps_rollup: [ENOENT], smaps: [{ reads: [FIRST] }] })
    assert.deepEqual([error, rss, report.source], [0, 4096, 'smaps'])
  })

  it('says so where there is neither', () => {
    const { error, report } = read('rollup', {})
    assert.deepEqual([error, report.source, report.step], [NO_SMAPS, 'smaps', Step.open])
    assert.equal(read('smaps', {}).error, NO_SMAPS)
  })

  it('does not take a process that is gone for a kernel without smaps', () => {
    assert.equal(read('rollup', {}, [false]).error, ESRCH)
  })

  it('passes on the errno of open and of read', () => {
    const refused = read('rollup', { smaps_rollup: [EACCES] })
    assert.deepEqual([refused.error, refused.report.step], [EACCES, Step.open])
    assert.equal(read('smaps', { smaps: [EMFILE] }).error, EMFILE)
    const broken = read('smaps', { smaps: [{ reads: [FIRST, -EIO] }] })
    assert.deepEqual([broken.error, broken.report.step], [EIO, Step.read])
  })

  it('tells a process without an address space from one that is gone', () => {
    const cases: [UsageSource, Opening][] = [
      ['rollup', ESRCH], ['rollup', { reads: [-ESRCH] }],
      ['smaps', { reads: [] }], ['smaps', { reads: [FIRST, -ESRCH] }],
    ]
    for (const [source, opening] of cases) {
      const files = { [source === 'rollup' ? 'smaps_rollup' : 'smaps']: [opening] }
      assert.equal(read(source, files, [true]).error, NO_ADDRESS_SPACE)
      assert.equal(read(source, files, [false]).error, ESRCH)
    }
  })

  it('notices that smaps ended because the address space did', () => {
    for (const atStart of ['', -ESRCH]) {
      assert.equal(read('smaps', { smaps: [{ reads: [FIRST], atStart }] }).error, NO_ADDRESS_SPACE)
      assert.equal(read('smaps', { smaps: [{ reads: [FIRST], atStart }] }, [false]).error, ESRCH)
    }
    // Even when the end it has looks like a fault of the text.
    assert.equal(read('smaps', { smaps: [{ reads: [FIRST, 'Ps'], atStart: '' }] }).error, NO_ADDRESS_SPACE)
  })

  it('does not look at the start again after a mapping of the kernel, which is the last one', () => {
    const files = { smaps: [{ reads: [FIRST + VSYSCALL], atStart: '' }] }
    const { error, operations } = read('smaps', files)
    assert.equal(error, 0)
    assert.deepEqual(operations, ['open smaps', 'read', 'read', 'close'])
  })

  it('says what is malformed, and where', () => {
    const { error, report } = read('smaps', { smaps: [{ reads: [`${FIRST}?\n`, -EIO] }] })
    assert.deepEqual([error, report.malformed, report.offset], [MALFORMED_SMAPS, Malformed.unknownLine, FIRST.length])
  })

  it('reads a torn stream again, and forgets what was wrong with it', () => {
    const { error, rss, report, operations } = read('smaps', {
      smaps: [{ reads: [FIRST + TORN] }, { reads: [FIRST + TORN] }, { reads: [FIRST + SECOND] }],
    })
    assert.deepEqual([error, rss, report.malformed, report.offset], [0, 2 * 4096, Malformed.none, 0])
    assert.equal(operations.filter((operation) => operation === 'close').length, 3)
  })

  it('gives up on a stream that is torn three times', () => {
    const torn: Opening = { reads: [FIRST + TORN] }
    const { error, report, operations } = read('smaps', { smaps: [torn, torn, torn, { reads: [FIRST] }] })
    assert.deepEqual([error, report.malformed, report.offset], [MALFORMED_SMAPS, Malformed.outOfOrder, FIRST.length])
    assert.equal(operations.filter((operation) => operation === 'open smaps').length, 3)
  })

  it('does not read a stream again that is malformed in another way', () => {
    const { error, operations } = read('smaps', { smaps: [{ reads: ['?\n'] }, { reads: [FIRST] }] })
    assert.equal(error, MALFORMED_SMAPS)
    assert.equal(operations.filter((operation) => operation === 'open smaps').length, 1)
  })

  it('does not show the mappings of a torn stream', () => {
    const builder = new MappingTableBuilder()
    const script = new ScriptedProcess({ smaps: [{ reads: [FIRST + SECOND + TORN] }, { reads: [FIRST + SECOND] }] })
    assert.equal(script.run(readMappings(DIRECTORY, builder, new Float64Array(FIELD_COUNT), newReport('smaps'))), 0)
    assert.equal(builder.table().count, 2)
  })

  it('closes what it opened when it is ended anywhere', () => {
    const files = { smaps_rollup: [ENOENT], smaps: [{ reads: [FIRST, TORN] }, { reads: [FIRST, SECOND] }] }
    for (let length = 0; length < 11; length += 1) {
      const script = new ScriptedProcess(files)
      const steps = readUsage(DIRECTORY, 'rollup', new Float64Array(FIELD_COUNT), newReport('rollup'))
      const runPart = () => {
        let step = steps.next()
        for (let performed = 0; step.done !== true; performed += 1) {
          const ends = performed >= length && step.value.kind !== 'close'
          step = ends ? steps.throw(new Error('ended')) : steps.next(script.perform(step.value))
        }
      }
      assert.throws(runPart, /^Error: ended$/)
      script.assertAllClosed()
    }
  })
})

describe('the cheap files of one process, in TypeScript', () => {
  it('gives resident bytes from statm', () => {
    assert.equal(rss('100 50 20 1 0 30 0\n'), 50 * pageSize())
  })

  it('knows from statm that there is no address space', () => {
    assert.equal(rss('0 0 0 0 0 0 0\n'), -NO_ADDRESS_SPACE)
  })

  it('passes on why statm cannot be read', () => {
    assert.equal(rss(-ESRCH), -ESRCH)
    assert.equal(rss('nonsense\n'), -MALFORMED_SMAPS)
    assert.equal(rss(''), -MALFORMED_SMAPS)
    assert.equal(new ScriptedProcess({ statm: [ENOENT] }).run(openStatm(DIRECTORY)), -ESRCH)
    assert.equal(new ScriptedProcess({ statm: [EACCES] }).run(openStatm(DIRECTORY)), -EACCES)
  })

  it('gives the start time, or why not', () => {
    const ticks = (opening: Opening) => new ScriptedProcess({ stat: [opening] }).run(readStartTicks(DIRECTORY))
    assert.equal(ticks({ reads: [statLine('S').slice(0, 10), statLine('S').slice(10)] }), 77)
    assert.equal(ticks({ reads: ['nonsense'] }), -MALFORMED_SMAPS)
    assert.equal(ticks({ reads: [-ESRCH] }), -ESRCH)
    assert.equal(ticks(ENOENT), -ESRCH)
    assert.equal(ticks(EACCES), -EACCES)
  })

  it('takes for alive who exists and is no zombie', () => {
    const alive = (opening: Opening, existing: readonly boolean[] = [true]) =>
      new ScriptedProcess({ stat: [opening] }, existing).run(isAlive(DIRECTORY))
    assert.equal(alive({ reads: [statLine('T')] }), true)
    assert.equal(alive({ reads: [statLine('Z')] }), false)
    assert.equal(alive({ reads: [statLine('X')] }), false)
    assert.equal(alive(EMFILE), true)
    assert.equal(alive({ reads: [-ESRCH] }, [true, false]), false)
    assert.equal(alive({ reads: [statLine('S')] }, [false]), false)
  })
})

function read(source: UsageSource, files: Readonly<Record<string, readonly Opening[]>>, existing?: readonly boolean[]) {
  const script = new ScriptedProcess(files, existing)
  const target = new Float64Array(FIELD_COUNT).fill(UNTOUCHED)
  const report = newReport(source)
  const error = script.run(readUsage(DIRECTORY, source, target, report))
  return { error, rss: target[FIELD_INDEX.rss], report, operations: script.operations }
}

function rss(atStart: string | number): number {
  const script = new ScriptedProcess({ statm: [{ reads: [], atStart }] })
  return script.run((function* () {
    const statm = yield* openStatm(DIRECTORY)
    try {
      return yield* readRss(statm)
    } finally {
      yield { kind: 'close', fd: statm }
    }
  })())
}

function statLine(state: string): string {
  return `17 (x) ${state} 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0\n`
}
