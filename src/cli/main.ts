#!/usr/bin/env node
import { scanProcesses } from '../index.ts'
import { coverageOf, describeCoverage, type ScannedProcess } from '../processes/index.ts'
import { escapeText, renderTable, type Column } from '../report/index.ts'
import { readUserNames } from '../system/index.ts'

const userNames = readUserNames()

const COLUMNS: readonly Column<ScannedProcess>[] = [
  { header: 'PID', align: 'right', text: ({ pid }) => String(pid) },
  { header: 'User', align: 'left', text: ({ uid }) => userNames.get(uid) ?? String(uid) },
  { header: 'Command', align: 'left', text: ({ comm, commandLine }) => escapeText(commandLine?.join(' ') || comm).slice(0, 40) },
  { header: 'USS', align: 'right', text: ({ usage }) => kilobytes(usage?.uss) },
  { header: 'PSS', align: 'right', text: ({ usage }) => kilobytes(usage?.pss) },
  { header: 'RSS', align: 'right', text: ({ usage, rss }) => kilobytes(usage?.rss ?? rss) },
]

function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '?' : String(Math.round(bytes / 1024))
}

/** Prints the processes of this machine that have memory of their own, in kB, the largest PSS last. */
function main(args: readonly string[]): number {
  if (args.length > 0) {
    process.stderr.write(`smem-ts: takes no arguments yet, got ${args.map(escapeText).join(' ')}\n`)
    return 2
  }
  const processes = scanProcesses()
  const shown = processes
    .filter(({ unavailable }) => unavailable?.code !== 'ERR_NO_ADDRESS_SPACE' && unavailable?.code !== 'ESRCH')
    .sort((a, b) => (a.usage?.pss ?? 0) - (b.usage?.pss ?? 0))
  process.stdout.write(`${renderTable(COLUMNS, shown).join('\n')}\n`)
  const missing = describeCoverage(coverageOf(processes))
  if (missing !== undefined) process.stderr.write(`smem-ts: ${missing}\n`)
  return 0
}

process.exitCode = main(process.argv.slice(2))
