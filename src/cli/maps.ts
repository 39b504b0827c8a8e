import { readlinkSync } from 'node:fs'
import { toJsonText } from '../json_text.ts'
import {
  classifyMappings, coverageOf, describeCoverage, findSharers, listProcesses, programName, runsNode, scanProcessesAsync,
  summarizeMappings, type ClassifiedMapping, type MappedItem, type MappingFigure, type MappingSummary, type Sharers,
} from '../processes/index.ts'
import {
  allMapsLines, figureOf, mapsCsv, mapsDocument, mapsHeading, mapsLines, type MappedProcess, type MapsView,
} from '../report/index.ts'
import { readMappingsAsync, type Mapping } from '../smaps/index.ts'
import { readUserNames } from '../system/index.ts'
import { isSet, stringOf, UsageError, type Invocation, type RunCommand } from './command.ts'
import { countOption } from './option_values.ts'

export const run: RunCommand = async (invocation) => {
  const { output } = invocation
  const procRoot = stringOf(invocation, 'proc') ?? '/proc'
  const pid = pidArgument(invocation)
  const isAll = isSet(invocation, 'all')
  const sort = sortOption(invocation, isAll)
  const reverse = isSet(invocation, 'reverse')
  const limit = countOption(invocation, 'limit') ?? Infinity
  if (isSet(invocation, 'json') && isSet(invocation, 'csv')) throw new UsageError('--json and --csv exclude each other')

  const mappings = await readMappingsAsync(pid, { procRoot })
  const exe = exeOf(procRoot, pid)
  const classified = classifyMappings(mappings, { exe })
  const summary = summarizeMappings(classified, { by: sort === 'address' ? 'pss' : sort, reverse: reverse && sort !== 'address' })
  const process = await describeProcess(procRoot, pid, mappings, exe)
  const sharers = isSet(invocation, 'with') ? await sharersOf(invocation, summary, pid, procRoot) : undefined
  const view: MapsView = { suffixes: isSet(invocation, 'abbreviate'), limit, sharers }
  const all = isAll ? sortMappings(classified, sort, reverse) : undefined
  await output.write(toText(invocation, process, summary, all, view))
  return 0
}

function toText(
  invocation: Invocation, process: MappedProcess, summary: MappingSummary, all: readonly ClassifiedMapping[] | undefined,
  view: MapsView,
): string {
  if (isSet(invocation, 'json')) return `${toJsonText(mapsDocument(process, summary, all, view))}\n`
  if (isSet(invocation, 'csv')) return `${mapsCsv(summary, all, view).join('\n')}\n`
  const table = all === undefined ? mapsLines(summary, view) : allMapsLines(all, view)
  return `${[...mapsHeading(process, summary, view), '', ...table].join('\n')}\n`
}

function pidArgument({ positionals: [text = ''] }: Invocation): number {
  if (text === 'self') return process.pid
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new UsageError(`'${text}' is no process id`)
}

type Sort = MappingFigure | 'count' | 'name' | 'address'

function sortOption(invocation: Invocation, isAll: boolean): Sort {
  const sort = (stringOf(invocation, 'sort') ?? (isAll ? 'address' : 'pss')) as Sort
  if (sort === 'address' && !isAll) throw new UsageError('--sort address goes with --all')
  if (sort === 'count' && isAll) throw new UsageError('--sort count does not go with --all')
  return sort
}

/** Largest first; addresses and names in their order. */
function sortMappings(mappings: readonly ClassifiedMapping[], sort: Sort, reverse: boolean): ClassifiedMapping[] {
  const sorted = [...mappings]
  if (sort === 'name') sorted.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  else if (sort !== 'address' && sort !== 'count') {
    sorted.sort((a, b) => (figureOf(b.mapping.usage, sort) ?? -1) - (figureOf(a.mapping.usage, sort) ?? -1))
  }
  return reverse ? sorted.reverse() : sorted
}

/** As smaps shows it; undefined in a tree of plain files, and for who may not read it. */
function exeOf(procRoot: string, pid: number): string | undefined {
  try {
    return readlinkSync(`${procRoot}/${pid}/exe`).replaceAll('\n', '\\012')
  } catch {
    return undefined
  }
}

async function describeProcess(
  procRoot: string, pid: number, mappings: readonly Mapping[], exe: string | undefined,
): Promise<MappedProcess> {
  const info = (await listProcesses(procRoot)).find((process) => process.pid === pid)
  return {
    pid,
    program: info && programName(info),
    commandLine: info?.commandLine,
    user: info && (readUserNames().get(info.uid) ?? String(info.uid)),
    uid: info?.uid,
    startTime: info?.startTime,
    node: runsNode(mappings, exe),
  }
}

async function sharersOf(
  { output }: Invocation, { kinds }: MappingSummary, pid: number, procRoot: string,
): Promise<ReadonlyMap<MappedItem, Sharers>> {
  const scanned = await scanProcessesAsync({ mappings: true, procRoot, filter: (process) => process.pid !== pid })
  const missing = describeCoverage(coverageOf(scanned.filter((process) => process.pid !== pid)))
  if (missing !== undefined) output.note(missing)
  return findSharers(kinds.flatMap(({ items }) => items), pid, scanned, procRoot)
}
