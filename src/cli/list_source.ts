import { meminfoOrUndefined, takeSnapshot, type ProcessInfo, type ScanProcessesOptions, type Snapshot } from '../processes/index.ts'
import { readUserNames } from '../system/index.ts'
import type { ListRequest } from './list_request.ts'

/** What the views are made from: this machine's processes, or those of a capture or tree. */
export async function readListed(request: ListRequest, note: (line: string) => void): Promise<Snapshot> {
  const { source } = request
  const filter = toFilter(request)
  if (source !== undefined) {
    const { readCapture } = await import('../captures/index.ts')
    const { problems, ...snapshot } = await readCapture(source, { groups: true, ...(filter === undefined ? {} : { filter }) })
    for (const problem of problems) note(`${source}: ${problem}`)
    return snapshot
  }
  if (request.view === 'system') return { takenAt: Date.now(), meminfo: meminfoOrUndefined(), processes: [] }
  const options: ScanProcessesOptions = {
    source: needsSmaps(request) ? 'smaps' : 'rollup',
    mappings: needsMappings(request),
  }
  if (filter !== undefined) options.filter = filter
  if (request.maxRss !== undefined) options.maxRss = request.maxRss
  if (request.budgetMs !== undefined) options.budgetMs = request.budgetMs
  if (request.threads !== undefined) options.threads = request.threads
  return takeSnapshot(options)
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
function toFilter({ processFilter, userFilter, source }: ListRequest): ((process: ProcessInfo) => boolean) | undefined {
  const isLive = source === undefined
  const filters: ((process: ProcessInfo) => boolean)[] = []
  if (processFilter !== undefined) {
    // The pattern stands in our own command line.
    if (isLive) filters.push(({ pid }) => pid !== process.pid)
    filters.push(({ comm, commandLine }) => processFilter.test(comm) || processFilter.test(commandLine?.join(' ') ?? '?'))
  }
  // A capture names its users itself: the views ask this filter again.
  if (userFilter !== undefined && isLive) {
    const names = readUserNames()
    filters.push(({ uid }) => userFilter.test(names.get(uid) ?? String(uid)))
  }
  return filters.length === 0 ? undefined : (process) => filters.every((matches) => matches(process))
}
