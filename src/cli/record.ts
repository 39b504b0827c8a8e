import { hostname, release } from 'node:os'
import { bootId, headerLine, record, RecordWriter } from '../captures/index.ts'
import { SmemError } from '../errors.ts'
import {
  coverageOf, describeCoverage, listProcesses, takeSnapshotAsync, type ScanProcessesOptions, type Snapshot,
} from '../processes/index.ts'
import { escapeText } from '../report/index.ts'
import { isSet, stringOf, UsageError, type Invocation, type RunCommand } from './command.ts'
import { interruptible } from './interrupts.ts'
import { durationOption, fileName, pidsOption, processSelector, sizeOption } from './option_values.ts'
import type { Output } from './output.ts'
import { quietIfClosed } from './output_file.ts'
import { Progress } from './progress.ts'

const DEFAULT_EVERY_MS = 1000 * 10
const LEAST_EVERY_MS = 10

export const run: RunCommand = async (invocation) => {
  const given = stringOf(invocation, 'output')
  if (given === undefined) throw new UsageError('record needs --output FILE')
  const path = fileName(given, '--output')
  const everyMs = durationOption(invocation, 'every') ?? DEFAULT_EVERY_MS
  if (everyMs < LEAST_EVERY_MS) throw new UsageError(`--every: at least ${LEAST_EVERY_MS}ms`)
  const forMs = durationOption(invocation, 'for') ?? Infinity
  const scan = scanOptions(invocation)
  const select = processSelector(invocation)

  const { output } = invocation
  const absent = await absentPids(invocation)
  if (absent !== undefined) output.note(absent)
  using interrupts = interruptible()
  using progress = new Progress()
  using sink = openSink(path, output)
  await sink.append(headerLine({ startedAt: Date.now(), everyMs, hostname: hostname(), kernel: release(), bootId: bootId() }))
  let last: Snapshot | undefined
  const { samples, skipped } = await record({
    take: () => takeSnapshotAsync(scan, select),
    append: (line) => sink.append(line),
    everyMs,
    forMs,
    signal: interrupts.signal,
    onSample: (snapshot, count, justSkipped) => {
      last = snapshot
      progress.show(() => `${count} samples${forMs === Infinity ? '' : ` of ${Math.floor(forMs / everyMs) + 1}`}`)
      if (justSkipped === 0) return
      progress.clear()
      output.note(`a sample took so long that ${justSkipped} due meanwhile ${justSkipped === 1 ? 'was' : 'were'} skipped`)
    },
  })
  progress.clear()
  const count = samples === 1 ? '1 sample' : `${samples} samples`
  const where = path === '-' ? 'standard output' : escapeText(path)
  output.note(`wrote ${count} to ${where}${skipped === 0 ? '' : `, skipped ${skipped}`}`)
  const missing = last === undefined ? undefined : describeCoverage(coverageOf(last.processes))
  if (missing !== undefined) output.note(`in the last one, ${missing}`)
  // A signal is the regular end of a record.
  return 0
}

/** What to say of pids that no process has; with `--match`, processes are waited for. @throws {SmemError} when no pid has one */
async function absentPids(invocation: Invocation): Promise<string | undefined> {
  const wanted = pidsOption(invocation)
  if (wanted === undefined || isSet(invocation, 'match')) return undefined
  const existing = new Set((await listProcesses()).map(({ pid }) => pid))
  const absent = [...wanted].filter((pid) => !existing.has(pid))
  if (absent.length === 0) return undefined
  const who = absent.length === 1 ? `process ${absent[0]} does` : `processes ${absent.join(', ')} do`
  if (absent.length < wanted.size) return `${who} not exist`
  throw new SmemError('ESRCH', `${who} not exist: nothing was recorded`)
}

function scanOptions(invocation: Invocation): ScanProcessesOptions {
  const maxRss = sizeOption(invocation, 'max-rss')
  const budgetMs = durationOption(invocation, 'budget')
  return {
    mappings: isSet(invocation, 'mappings'),
    ...(maxRss === undefined ? {} : { maxRss }),
    ...(budgetMs === undefined ? {} : { budgetMs }),
  }
}

interface Sink extends Disposable {
  append(line: string): void | Promise<void>
}

function openSink(path: string, output: Output): Sink {
  if (path === '-') return { append: (line) => output.write(line), [Symbol.dispose]: () => undefined }
  const writer = new RecordWriter(path)
  if (writer.tornBytes > 0) output.note(`cut ${writer.tornBytes} bytes of an unfinished line off ${escapeText(path)}`)
  return {
    append: (line) => {
      try {
        writer.append(line)
      } catch (error) {
        throw quietIfClosed(error)
      }
    },
    [Symbol.dispose]: () => writer.close(),
  }
}
