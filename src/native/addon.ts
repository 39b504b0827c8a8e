import { fileURLToPath } from 'node:url'
import load from 'node-gyp-build'
import type {
  Backend, MappingTable, PressureListener, PressurePoll, ProcessDirectory, ScanRequest, ScanTable,
} from './backend.ts'
import { FIELD_TABLE } from './field_table.ts'
import type { ExitListener, ExitPoll, ForkReport } from './fork_calls.ts'
import type { ListeningSocketReport } from './socket_calls.ts'

/** The addon as a backend. Throws when there is none for this platform, or when it was built from other sources. */
export function loadAddon(): Backend {
  const addon = load(fileURLToPath(new URL('../..', import.meta.url))) as Addon
  if (addon.revision !== REVISION || JSON.stringify(addon.fieldTable) !== JSON.stringify(FIELD_TABLE)) {
    throw new Error('the addon was built from another version of smem-ts; build it again')
  }
  return {
    name: 'native',
    readUsage: (procRoot, pid, source, target, report) =>
      addon.readUsage(procRoot, pid, source === 'smaps', target, report),
    readUsageAsync: (procRoot, pid, source, target, report, cancel) =>
      addon.readUsageAsync(procRoot, pid, source === 'smaps', target, report, cancel),
    readMappings: addon.readMappings,
    readMappingsAsync: addon.readMappingsAsync,
    openProcess: (procRoot, pid) => toDirectory(addon.openProcess(procRoot, pid)),
    scan: addon.scan,
    scanAsync: addon.scanAsync,
    sendNotify: addon.sendNotify,
    signal: addon.signalProcess,
    pressure: { trigger: addon.pollTrigger, stream: addon.pollStream, counter: addon.pollCounter },
    fork: {
      possible: addon.forkPossible, fork: addon.forkProcess,
      watchExit: addon.watchExit, currentPid: addon.currentPid, activeRequests: addon.activeRequests,
      endAfterParent: addon.endAfterParent,
      trimMemory: addon.trimMemory,
    },
    sockets: {
      listenTcp: addon.listenTcp, listenUnix: addon.listenUnix, duplicate: addon.duplicateDescriptor,
      stopListening: addon.stopListening, waiting: addon.waitingConnections,
    },
  }
}

/** Of the arguments and tables below and in backend.ts; src-native/bindings/field_table.cc has the same number. */
const REVISION = 7

/** What src-native/addon.cc exports; `smaps` stands for the source, so that no string has to be copied. */
interface Addon {
  readonly revision: number
  readonly fieldTable: readonly (readonly [string, string])[]
  readUsage(procRoot: string, pid: number, smaps: boolean, target: Float64Array, report: Float64Array): number
  readUsageAsync(
    procRoot: string, pid: number, smaps: boolean, target: Float64Array, report: Float64Array, cancel: Int32Array,
  ): Promise<number>
  readMappings(procRoot: string, pid: number, report: Float64Array): MappingTable | number
  readMappingsAsync(
    procRoot: string, pid: number, report: Float64Array, cancel: Int32Array,
  ): Promise<MappingTable | number>
  openProcess(procRoot: string, pid: number): AddonDirectory | number
  scan(request: ScanRequest): ScanTable | number
  scanAsync(request: ScanRequest, cancel: Int32Array): Promise<ScanTable | number>
  sendNotify(address: string, text: string): number
  signalProcess(pid: number, startTicks: number, signal: number): number
  pollTrigger(path: string, text: Uint8Array, notify: PressureListener): PressurePoll | number
  pollStream(path: string, text: Uint8Array, notify: PressureListener): PressurePoll | number
  pollCounter(directory: string, file: string, args: string, notify: PressureListener): PressurePoll | number
  readonly forkPossible: boolean
  forkProcess(sibling: boolean, trial: boolean, parkMs: number, childMs: number): ForkReport
  watchExit(pid: number, startTicks: number, notify: ExitListener): ExitPoll | number
  currentPid(): number
  activeRequests(): number
  endAfterParent(parentPid: number, seconds: number): number
  trimMemory(): void
  listenTcp(host: string, port: number, backlog: number): ListeningSocketReport | number
  listenUnix(path: string, backlog: number): ListeningSocketReport | number
  duplicateDescriptor(fd: number): number
  stopListening(fd: number): number
  waitingConnections(fd: number): number
}

interface AddonDirectory {
  readonly startTicks: number
  readUsage(smaps: boolean, target: Float64Array, report: Float64Array): number
  rss(): number
  alive(): boolean
  close(): void
}

function toDirectory(opened: AddonDirectory | number): ProcessDirectory | number {
  if (typeof opened === 'number') return opened
  return {
    startTicks: opened.startTicks,
    readUsage: (source, target, report) => opened.readUsage(source === 'smaps', target, report),
    rss: () => opened.rss(),
    alive: () => opened.alive(),
    close: () => opened.close(),
  }
}
