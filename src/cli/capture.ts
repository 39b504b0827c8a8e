import { writeCapture, type CaptureSummary } from '../captures/index.ts'
import { coverageOf, describeCoverage } from '../processes/index.ts'
import { escapeText, formatSuffix } from '../report/index.ts'
import { UsageError, type RunCommand } from './command.ts'
import { interruptible } from './interrupts.ts'
import { fileName, oneByOne, pidsOption, processSelector, sizeOption } from './option_values.ts'
import { quietIfClosed } from './output_file.ts'
import { Progress } from './progress.ts'

export const run: RunCommand = async (invocation) => {
  const { output, positionals: [argument = ''] } = invocation
  const path = fileName(argument, 'FILE')
  const select = processSelector(invocation)
  const maxRss = sizeOption(invocation, 'max-rss')
  const pids = pidsOption(invocation)
  const toOutput = path === '-'
  if (toOutput && output.isTerminal) {
    throw new UsageError('an archive is nothing for a terminal: name a FILE, or send standard output to one')
  }
  const where = toOutput ? 'standard output' : escapeText(path)

  using progress = new Progress()
  using interrupts = interruptible()
  let summary: CaptureSummary
  try {
    summary = await writeCapture(toOutput ? (bytes) => output.write(bytes) : path, {
      signal: interrupts.signal,
      onProgress: (done, total) => progress.show(() => `captured ${done} of ${total} processes`),
      ...oneByOne(select),
      ...(maxRss === undefined ? {} : { maxRss }),
    })
  } catch (error) {
    if (interrupts.exitCode === undefined || error !== interrupts.signal.reason) throw quietIfClosed(error)
    progress.clear()
    output.note(toOutput ? `interrupted: the archive on ${where} is not whole` : `interrupted: ${where} was not written`)
    return interrupts.exitCode
  }
  progress.clear()
  const { processCount, size, unread } = summary
  const missing = (pids?.size ?? 0) - processCount
  const count = processCount === 1 ? '1 process' : `${processCount} processes`
  output.note(`wrote ${count} to ${where} (${formatSuffix(size)})`)
  if (missing > 0 && invocation.values['match'] === undefined) {
    const who = missing === 1 ? 'one of the processes asked for does' : `${missing} of the processes asked for do`
    output.note(`${who} not exist`)
  }
  const coverage = describeCoverage(coverageOf(unread))
  if (coverage !== undefined) output.note(coverage)
  return 0
}
