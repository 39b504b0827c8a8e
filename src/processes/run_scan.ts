import { codeOf, SmemError } from '../errors.ts'
import { backend, type CancelFlag, type ScanRequest, type ScanTable } from '../native/index.ts'

/** The backend's scan. @throws {SmemError} when `procRoot` cannot be listed, or descriptors run out */
export function runScan(request: ScanRequest): ScanTable {
  return checkTable(backend().scan(request), request.procRoot)
}

/** `runScan` off the event loop. */
export async function runScanAsync(request: ScanRequest, cancel: CancelFlag): Promise<ScanTable> {
  return checkTable(await backend().scanAsync(request, cancel), request.procRoot)
}

/** Names, users and RSS only, and no page walk. */
export function listingOf(request: ScanRequest): ScanRequest {
  return { ...request, source: null, groupMappings: false }
}

function checkTable(table: ScanTable | number, procRoot: string): ScanTable {
  if (typeof table !== 'number') return table
  const code = codeOf(table)
  throw new SmemError(code, `cannot list the processes in ${procRoot}: ${code}`, {
    errno: -table, syscall: 'scandir', path: procRoot,
  })
}
