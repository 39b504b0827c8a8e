import { realpathSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { readSamples } from '../captures/index.ts'
import { escapeText } from '../report/index.ts'
import { ReportBuilder, renderReport } from '../report/html/index.ts'
import { stringOf, UsageError, type RunCommand } from './command.ts'
import { fileName } from './option_values.ts'
import { writeOutputFile } from './output_file.ts'
import { Progress } from './progress.ts'

const DEFAULT_OUTPUT = 'report.html'

export const run: RunCommand = async (invocation) => {
  const { output, positionals: [argument = ''] } = invocation
  const path = fileName(argument, 'FILE')
  const target = fileName(stringOf(invocation, 'output') ?? DEFAULT_OUTPUT, '--output')
  const title = stringOf(invocation, 'title') ?? basename(resolve(path))
  if (isSameFile(path, target)) throw new UsageError(`--output: ${escapeText(target)} is the file to read`)

  using progress = new Progress()
  const builder = new ReportBuilder({ title })
  let sampleCount = 0
  const problems = await readSamples(path, (snapshot, count) => {
    builder.add(snapshot)
    sampleCount = count
    progress.show(() => `read ${count} samples`)
  }, { source: 'rollup' })
  if (sampleCount === 0) {
    const why = problems.map((problem) => `; ${problem}`).join('')
    throw new Error(`${escapeText(path)}: no sample in it, so there is nothing to report${why}`)
  }
  const data = builder.finish()
  const page = renderReport(data)
  progress.clear()

  if (target === '-') {
    await output.write(page)
  } else {
    writeOutputFile(target, page)
    await output.write(`${escapeText(target)}\n`)
  }
  for (const line of [...problems.map((problem) => `${escapeText(path)}: ${problem}`), ...data.coverage]) output.note(line)
  return 0
}

function isSameFile(path: string, target: string): boolean {
  try {
    return target !== '-' && realpathSync(path) === realpathSync(target)
  } catch {
    return false
  }
}
