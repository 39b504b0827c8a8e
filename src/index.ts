export { SmemError, type SmemErrorCode, type SmemErrorDetails } from './errors.ts'
export type { Duration, Size } from './options.ts'
export type { FieldName, UsageSource } from './native/index.ts'
export {
  Field, openProcess, readMappings, readSmaps, readSmapsInto,
  type Mapping, type MemoryFigures, type MemoryUsage, type OpenProcessOptions, type ProcessHandle,
  type ReadMappingsOptions, type ReadSmapsOptions,
} from './smaps/index.ts'
export {
  readMeminfo, support, type KernelSupport, type Meminfo, type Privileges, type Support,
} from './system/index.ts'
export {
  scanProcesses, type MappingGroup, type ProcessInfo, type ScannedProcess, type ScanProcessesOptions, type Unavailable,
} from './processes/index.ts'
