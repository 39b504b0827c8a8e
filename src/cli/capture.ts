import { writeCapture, type CaptureSummary } from '../captures/index.ts'
import { coverageOf, describeCoverage } from '../processes/index.ts'
import { escapeText, formatSuffix } from '../report/index.ts'
import type { RunCommand } from './command.ts'
import { interruptible, INTERRUPTED } from './interrupts.ts'
import { quietIfClosed } from './output_file.ts'
import { pidsOption, processFilter, sizeOption } from './option_values.ts'
import { Progress } from './progress.ts'

export const run: RunCommand = async (invocation) => {
  const { output, positionals: [path = ''] } = invocation
  const filter = processFilter(invocation)
  const maxRss = sizeOption(invocation, 'max-rss')
  const pids = pidsOption(invocation)
  using progress = new Progress()
  using interrupts = interruptible()
  let summary: CaptureSummary
  try {
    summary = await writeCapture(path, {
      signal: interrupts.signal,
      onProgress: (done, total) => progress.show(() => `captured ${done} of ${total} processes`),
      ...(filter === undefined ? {} : { filter }),
      ...(maxRss === undefined ? {} : { maxRss }),
    })
  } catch (error) {
    if (!interrupts.signal.aborted) throw quietIfClosed(error)
    progress.clear()
    output.note(`interrupted: ${escapeText(path)} was not written`)
    return INTERRUPTED
  }
  progress.clear()
  const { processCount, size, unread } = summary
  const missing = (pids?.size ?? 0) - processCount
  const count = processCount === 1 ? '1 process' : `${processCount} processes`
  output.note(`wrote ${count} to ${escapeText(path)} (${formatSuffix(size)})`)
  if (missing > 0 && invocation.values['match'] === undefined) {
    const who = missing === 1 ? 'one of the processes asked for does' : `${missing} of the processes asked for do`
    output.note(`${who} not exist`)
  }
  const coverage = describeCoverage(coverageOf(unread))
  if (coverage !== undefined) output.note(coverage)
  return processCount === 0 ? 1 : 0
}
