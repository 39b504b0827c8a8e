import type { ScanRequest } from '../native/index.ts'
import { buildInSlices, runCancellable, toStartTicks } from '../smaps/index.ts'
import { ScanDecoder, type ProcessInfo, type ScannedProcess } from './process_info.ts'
import { listingOf, runScanAsync } from './run_scan.ts'

/** One process for good: a later one with the same pid has another start time. */
export type ProcessIdentity = Pick<ProcessInfo, 'pid' | 'startTime'>

const ALL: Omit<ScanRequest, 'procRoot'> = {
  source: 'rollup', groupMappings: false, threads: 1, maxRss: Infinity, budgetMs: Infinity, only: null,
}

/** Every process, with nothing that costs a page walk: some 40 microseconds each, off the event loop. */
export async function listProcesses(procRoot = '/proc', signal?: AbortSignal): Promise<ProcessInfo[]> {
  return runCancellable(signal, async (cancel) => {
    const table = await runScanAsync(listingOf({ ...ALL, procRoot }), cancel)
    const decoder = new ScanDecoder(table)
    return buildInSlices(table.count, (row) => decoder.decodeInfo(row), signal)
  })
}

/** Reads these, off the event loop. A process that has ended, or is another one by now, is left out. */
export async function readProcesses(
  targets: readonly ProcessIdentity[], procRoot = '/proc', signal?: AbortSignal,
): Promise<ScannedProcess[]> {
  return runCancellable(signal, async (cancel) => {
    const only = Float64Array.from(targets.flatMap(({ pid, startTime }) => [pid, toStartTicks(startTime)]))
    const request: ScanRequest = { ...ALL, procRoot, only }
    const table = await runScanAsync(request, cancel)
    const decoder = new ScanDecoder(table)
    return buildInSlices(table.count, (row) => decoder.decode(row, request), signal)
  })
}
