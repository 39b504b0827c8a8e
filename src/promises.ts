/** The readers of 'smem-ts' under the same names, off the event loop. */
export {
  readMappingsAsync as readMappings, readSmapsAsync as readSmaps,
  type ReadMappingsAsyncOptions as ReadMappingsOptions, type ReadSmapsAsyncOptions as ReadSmapsOptions,
} from './smaps/index.ts'
export {
  scanProcessesAsync as scanProcesses, type ScanProcessesAsyncOptions as ScanProcessesOptions,
} from './processes/index.ts'
