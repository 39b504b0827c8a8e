import {
  meminfoOrUndefined, takeSnapshot, type ProcessInfo, type ScanProcessesOptions, type SelectProcesses, type Snapshot,
} from '../processes/index.ts'
import { readUserNames } from '../system/index.ts'
import type { ListRequest } from './list_request.ts'
import { matchingProcesses, oneByOne } from './option_values.ts'

/** What the views are made from: this machine's processes, or those of a capture or tree. */
export async function readListed(request: ListRequest, note: (line: string) => void): Promise<Snapshot> {
  const { source } = request
  const select = toSelector(request)
  if (source !== undefined) {
    const { readCapture } = await import('../captures/index.ts')
    const { problems, ...snapshot } = await readCapture(source, { groups: true, ...oneByOne(select) })
    if (needsMappings(request)) (await import('./check_mappings.ts')).checkMappings(source, snapshot)
    for (const problem of problems) note(`${source}: ${problem}`)
    return snapshot
  }
  if (request.view === 'system') return { takenAt: Date.now(), meminfo: meminfoOrUndefined(), processes: [] }
  const options: ScanProcessesOptions = {
    source: needsSmaps(request) ? 'smaps' : 'rollup',
    mappings: needsMappings(request),
  }
  if (request.maxRss !== undefined) options.maxRss = request.maxRss
  if (request.budgetMs !== undefined) options.budgetMs = request.budgetMs
  if (request.threads !== undefined) options.threads = request.threads
  return takeSnapshot(options, select)
}

/** Columns that only smaps has. */
const SMAPS_COLUMNS = /(?:^|[\s,])(?:vss|maps)(?:$|[\s,])/

function needsSmaps({ columns, sort }: ListRequest): boolean {
  return SMAPS_COLUMNS.test(columns) || SMAPS_COLUMNS.test(sort)
}

function needsMappings({ view, by, mappingFilter }: ListRequest): boolean {
  return view === 'mappings' || by === 'mapping' || mappingFilter !== undefined
}

/** Asked before a process is read: what is not shown costs nothing. */
function toSelector({ processFilter, userFilter, source }: ListRequest): SelectProcesses | undefined {
  if (processFilter === undefined && userFilter === undefined) return undefined
  const isLive = source === undefined
  return (all) => {
    let wanted = all
    // The pattern stands in our own command line.
    if (processFilter !== undefined && isLive) wanted = wanted.filter(({ pid }) => pid !== process.pid)
    if (processFilter !== undefined) wanted = matchingProcesses(wanted, processFilter, '?')
    // A capture names its users itself: the views ask this filter again.
    if (userFilter === undefined || !isLive) return wanted
    const names = readUserNames()
    const nameOf = ({ uid }: ProcessInfo): string => names.get(uid) ?? String(uid)
    const matching = userFilter.matching(wanted.map(nameOf))
    return wanted.filter((process) => matching.has(nameOf(process)))
  }
}
