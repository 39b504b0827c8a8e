export type { ProcessInfo, ScannedProcess, Unavailable } from './process_info.ts'
export {
  scanProcesses, scanProcessesAsync, type ScanProcessesAsyncOptions, type ScanProcessesOptions,
} from './scan.ts'
export { coverageOf, describeCoverage, type Coverage } from './coverage.ts'
