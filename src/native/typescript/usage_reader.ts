import { constants as os } from 'node:os'
import { performance } from 'node:perf_hooks'

import { MALFORMED_SMAPS, NO_ADDRESS_SPACE, NO_SMAPS } from '../../errors.ts'
import { Report, Step } from '../backend.ts'
import type { UsageSource } from '../backend.ts'
import { Malformed } from '../malformed.ts'
import { closeFile, read } from './operations.ts'
import type { Steps } from './operations.ts'
import { pageSize } from './page_size.ts'
import { SmapsParser } from './parser.ts'
import { exists, openIn } from './process_dir.ts'
import { STATM_SIZE, parseStatm } from './process_stat.ts'
import type { MalformedReason, MappingSink } from './records.ts'

const FILE_NAMES: Readonly<Record<UsageSource, string>> = { rollup: 'smaps_rollup', smaps: 'smaps' }
const TORN_ATTEMPTS = 3
const ROLLUP_CHUNK = 4096 // one record of some 700 bytes: never read it in pieces
const MAX_CHUNK = 64 * 1024

/** What a read tells besides the figures; `Report` in backend.ts describes each. */
export interface ReadReport {
  source: UsageSource
  step: number
  malformed: MalformedReason
  offset: number
  costNs: number
}

export function newReport(source: UsageSource): ReadReport {
  return { source, step: Step.openDirectory, malformed: Malformed.none, offset: 0, costNs: 0 }
}

export function writeReport(report: ReadReport, target: Float64Array, at = 0): void {
  target[at + Report.source] = report.source === 'smaps' ? 1 : 0
  target[at + Report.step] = report.step
  target[at + Report.malformed] = report.malformed
  target[at + Report.offset] = report.offset
  target[at + Report.costNs] = report.costNs
}

/**
 * Fills `target` and returns 0, or leaves it alone and returns an errno. A rollup is replaced by smaps where the
 * kernel has none.
 */
export function* readUsage(
  directory: number, wanted: UsageSource, target: Float64Array, report: ReadReport,
): Steps<number> {
  const start = performance.now()
  let error = yield* readSource(directory, wanted, target, report)
  if (error === NO_SMAPS && wanted === 'rollup') error = yield* readSource(directory, 'smaps', target, report)
  report.costNs = nanosecondsSince(start)
  return error
}

/** The same from smaps, with each mapping handed to `sink`. */
export function* readMappings(
  directory: number, sink: MappingSink, target: Float64Array, report: ReadReport,
): Steps<number> {
  const start = performance.now()
  const error = yield* readSource(directory, 'smaps', target, report, sink)
  report.costNs = nanosecondsSince(start)
  return error
}

/** A descriptor of statm for `readRss`, or a negated errno. */
export function* openStatm(directory: number): Steps<number> {
  const file = yield* openIn(directory, 'statm')
  return file === -os.errno.ENOENT ? -os.errno.ESRCH : file
}

/** Resident bytes, or a negated errno. */
export function* readRss(statm: number): Steps<number> {
  const buffer = new Uint8Array(STATM_SIZE)
  const got = yield* read(statm, buffer, 0, buffer.length, 0)
  if (got < 0) return got
  const pages = parseStatm(buffer.subarray(0, got))
  if (pages === undefined) return -MALFORMED_SMAPS
  return pages.size === 0 ? -NO_ADDRESS_SPACE : pages.resident * pageSize()
}

/** A stream torn by a mapping that changed between two reads is read again. */
function* readSource(
  directory: number, source: UsageSource, target: Float64Array, report: ReadReport, sink?: MappingSink,
): Steps<number> {
  report.source = source
  for (let attempt = 1; ; attempt += 1) {
    const parser = new SmapsParser(source, sink)
    const error = yield* readOnce(directory, source, parser, report)
    if (error === 0) parser.totals(target)
    const torn = error === MALFORMED_SMAPS && parser.malformed === Malformed.outOfOrder
    if (!torn || attempt === TORN_ATTEMPTS) {
      report.malformed = parser.malformed
      report.offset = parser.malformedOffset
      return error
    }
    sink?.onRestart()
  }
}

/** One file from open to close. */
function* readOnce(directory: number, source: UsageSource, parser: SmapsParser, report: ReadReport): Steps<number> {
  report.step = Step.open
  const file = yield* openIn(directory, FILE_NAMES[source])
  if (file === -os.errno.ESRCH) return yield* goneOrEmpty(directory)
  if (file === -os.errno.ENOENT) return (yield* exists(directory)) ? NO_SMAPS : os.errno.ESRCH
  if (file < 0) return -file
  try {
    report.step = Step.read
    return yield* readStream(directory, file, source, parser)
  } finally {
    yield* closeFile(file)
  }
}

function* readStream(directory: number, file: number, source: UsageSource, parser: SmapsParser): Steps<number> {
  const buffer = new Uint8Array(source === 'rollup' ? ROLLUP_CHUNK : smapsChunk())
  for (;;) {
    const got = yield* read(file, buffer, 0, buffer.length, null)
    if (got === -os.errno.ESRCH) return yield* goneOrEmpty(directory)
    if (got < 0) return -got
    if (got === 0) break
    if (!parser.feed(buffer.subarray(0, got))) return MALFORMED_SMAPS
  }
  if (parser.empty) return yield* goneOrEmpty(directory)
  if (source === 'smaps' && (yield* endedEarly(file, parser))) return yield* goneOrEmpty(directory)
  return parser.finish() ? 0 : MALFORMED_SMAPS
}

/**
 * Whether an end of smaps was not the true one: when the address space dies between two reads, the rest is missing and
 * the file just ends. Such a file gives nothing from its start any more, either.
 */
function* endedEarly(file: number, parser: SmapsParser): Steps<boolean> {
  if (parser.endsInKernelHalf) return false
  return (yield* read(file, new Uint8Array(1), 0, 1, 0)) <= 0
}

/** ESRCH once the process is reaped, NO_ADDRESS_SPACE while it is still listed. */
function* goneOrEmpty(directory: number): Steps<number> {
  return (yield* exists(directory)) ? NO_ADDRESS_SPACE : os.errno.ESRCH
}

/**
 * Bytes to ask for in one read of smaps. The kernel formats records into one page and shows the record that did not fit
 * again on the next read, walking its pages twice. A read that ends before the page does never gets there.
 */
export function smapsChunk(): number {
  return Math.min(pageSize() - 768, MAX_CHUNK)
}

function nanosecondsSince(start: number): number {
  return Math.round((performance.now() - start) * 1e6)
}
