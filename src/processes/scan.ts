import { availableParallelism } from 'node:os'
import type { ScanRequest, ScanTable, UsageSource } from '../native/index.ts'
import {
  checkInteger, checkOneOf, checkOptions, checkPath, show, toBytes, toMilliseconds, type Duration, type Size,
} from '../options.ts'
import { buildInSlices, runCancellable, SOURCES, toStartTicks } from '../smaps/index.ts'
import { ScanDecoder, type ProcessInfo, type ScannedProcess } from './process_info.ts'
import { listingOf, runScan, runScanAsync } from './run_scan.ts'

export interface ScanProcessesOptions {
  /** As for `readSmaps`. @default 'rollup' */
  source?: UsageSource
  /** Called once a process, before anything costly is read: only processes for which it returns true are. */
  filter?: (process: ProcessInfo) => boolean
  /**
   * Also sum the mappings of each process by path, into `mappings`. Reads smaps, whatever `source` says.
   * @default false
   */
  mappings?: boolean
  /** How many threads read. @default the number of cores, at most 8; in 'smem-ts/promises' one fewer */
  threads?: number
  /**
   * Processes with a larger RSS are listed but not read (`ERR_OVER_MAX_RSS`): a page walk costs 7 to 20 ms per GB.
   * @default no limit
   */
  maxRss?: Size
  /**
   * Once so much wall time is spent, further processes are listed but not read (`ERR_OVER_BUDGET`); a read begun is
   * finished.
   * @default no limit
   */
  budgetMs?: Duration
  /** As for `readSmaps`. @default '/proc' */
  procRoot?: string
}

export interface ScanProcessesAsyncOptions extends ScanProcessesOptions {
  /** Rejects with the signal's reason at once; reads that are under way end by themselves. */
  signal?: AbortSignal
}

const OPTION_NAMES = ['source', 'filter', 'mappings', 'threads', 'maxRss', 'budgetMs', 'procRoot'] as const
const DEFAULT_MAX_THREADS = 8
const MAX_THREADS = 256

/**
 * Every process, in ascending order of pid, with what it uses or why that could not be read. Processes that end during the
 * scan before they could be identified are left out.
 *
 * Costs about 40 microseconds a process, and the page walks of `readSmaps`, spread over the threads; blocks until all is done.
 * The same name in 'smem-ts/promises' does it off the event loop.
 *
 * @throws {TypeError} on a bad option
 * @throws {SmemError} `ENOENT`, `EACCES` when `procRoot` cannot be listed; `ERR_UNSUPPORTED_PLATFORM`
 */
export function scanProcesses(options: ScanProcessesOptions = {}): ScannedProcess[] {
  return scanSelected(options)
}

/** Picks those to be read out of all processes. */
export type SelectProcesses = (processes: readonly ProcessInfo[]) => readonly ProcessInfo[]

/** `scanProcesses` with `choose`, which is asked once for all processes, in place of the filter. */
export function scanSelected(options: ScanProcessesOptions, choose?: SelectProcesses): ScannedProcess[] {
  checkOptions(options, OPTION_NAMES, 'scanProcesses')
  const request = toRequest(options)
  const select = choose ?? selectorOf(options)
  if (select !== undefined) request.only = selectTargets(runScan(listingOf(request)), select)
  const table = runScan(request)
  const decoder = new ScanDecoder(table, request.groupMappings)
  return Array.from({ length: table.count }, (_, row) => decoder.decode(row, request))
}

/** `scanProcesses` on threads of its own; what remains for the event loop is done in slices of 2 ms. */
export async function scanProcessesAsync(options: ScanProcessesAsyncOptions = {}): Promise<ScannedProcess[]> {
  return scanSelectedAsync(options)
}

/** `scanProcessesAsync` with such a `choose`. */
export async function scanSelectedAsync(options: ScanProcessesAsyncOptions, choose?: SelectProcesses): Promise<ScannedProcess[]> {
  checkOptions(options, [...OPTION_NAMES, 'signal'], 'scanProcesses')
  // One core is left to the event loop.
  const request = toRequest({ threads: Math.max(1, defaultThreads() - 1), ...options })
  const select = choose ?? selectorOf(options)
  return runCancellable(options.signal, async (cancel) => {
    if (select !== undefined) {
      const listing = await runScanAsync(listingOf(request), cancel)
      options.signal?.throwIfAborted()
      request.only = selectTargets(listing, select)
    }
    const table = await runScanAsync(request, cancel)
    const decoder = new ScanDecoder(table, request.groupMappings)
    return buildInSlices(table.count, (row) => decoder.decode(row, request), options.signal)
  })
}

function selectorOf({ filter }: ScanProcessesOptions): SelectProcesses | undefined {
  return filter === undefined ? undefined : (processes) => processes.filter((process) => filter(process))
}

function defaultThreads(): number {
  return Math.min(availableParallelism(), DEFAULT_MAX_THREADS)
}

function toRequest(options: ScanProcessesOptions): ScanRequest {
  const {
    source = 'rollup', filter, mappings = false, threads = defaultThreads(),
    maxRss = Infinity, budgetMs = Infinity, procRoot = '/proc',
  } = options
  checkOneOf(source, 'source', SOURCES)
  checkInteger(threads, 'threads', 1, MAX_THREADS)
  checkPath(procRoot, 'procRoot')
  if (filter !== undefined && typeof filter !== 'function') {
    throw new TypeError(`"filter" must be a function, got ${show(filter)}`)
  }
  if (typeof mappings !== 'boolean') throw new TypeError(`"mappings" must be true or false, got ${show(mappings)}`)
  return {
    procRoot,
    source: mappings ? 'smaps' : source,
    groupMappings: mappings,
    threads,
    maxRss: toBytes(maxRss, 'maxRss'),
    budgetMs: toMilliseconds(budgetMs, 'budgetMs'),
    only: null,
  }
}

/** Identities of the rows that are wanted. */
function selectTargets(listing: ScanTable, select: SelectProcesses): Float64Array {
  const decoder = new ScanDecoder(listing)
  const all = Array.from({ length: listing.count }, (_, row) => decoder.decodeInfo(row))
  return Float64Array.from(select(all).flatMap(({ pid, startTime }) => [pid, toStartTicks(startTime)]))
}
