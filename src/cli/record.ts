import { hostname, release } from 'node:os'
import { bootId, headerLine, record, RecordWriter } from '../captures/index.ts'
import { coverageOf, describeCoverage, takeSnapshotAsync, type ScanProcessesOptions, type Snapshot } from '../processes/index.ts'
import { escapeText } from '../report/index.ts'
import { isSet, stringOf, UsageError, type Invocation, type RunCommand } from './command.ts'
import { interruptible } from './interrupts.ts'
import { durationOption, processFilter, sizeOption } from './option_values.ts'
import type { Output } from './output.ts'
import { quietIfClosed } from './output_file.ts'
import { Progress } from './progress.ts'

const DEFAULT_EVERY_MS = 1000 * 10
const LEAST_EVERY_MS = 10

export const run: RunCommand = async (invocation) => {
  const path = stringOf(invocation, 'output')
  if (path === undefined) throw new UsageError('record needs --output FILE')
  const everyMs = durationOption(invocation, 'every') ?? DEFAULT_EVERY_MS
  if (everyMs < LEAST_EVERY_MS) throw new UsageError(`--every: at least ${LEAST_EVERY_MS}ms`)
  const forMs = durationOption(invocation, 'for') ?? Infinity
  const scan = scanOptions(invocation)

  const { output } = invocation
  using interrupts = interruptible()
  using progress = new Progress()
  using sink = openSink(path, output)
  await sink.append(headerLine({ startedAt: Date.now(), everyMs, hostname: hostname(), kernel: release(), bootId: bootId() }))
  let last: Snapshot | undefined
  const { samples, skipped } = await record({
    take: () => takeSnapshotAsync(scan),
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
  return 0
}

function scanOptions(invocation: Invocation): ScanProcessesOptions {
  const filter = processFilter(invocation)
  const maxRss = sizeOption(invocation, 'max-rss')
  const budgetMs = durationOption(invocation, 'budget')
  return {
    mappings: isSet(invocation, 'mappings'),
    ...(filter === undefined ? {} : { filter }),
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
