export { SmemError, type SmemErrorCode, type SmemErrorDetails } from './errors.ts'
export type { Duration, Size } from './options.ts'
export type { FieldName, UsageSource } from './native/index.ts'
export {
  Field, openProcess, readMappings, readSmaps, readSmapsInto,
  type Mapping, type MemoryFigures, type MemoryUsage, type OpenProcessOptions, type ProcessHandle,
  type ReadMappingsOptions, type ReadSmapsOptions,
} from './smaps/index.ts'
export {
  readMeminfo, readMemoryScope, support, watchPressure,
  type KernelSupport, type Meminfo, type MemoryScope, type MemoryScopeOptions, type PressureEvent, type PressureOptions,
  type PressureSkip, type PressureSource, type PressureWatch, type Privileges, type Support,
} from './system/index.ts'
export {
  scanProcesses, type MappingGroup, type ProcessInfo, type ScannedProcess, type ScanProcessesOptions, type Unavailable,
} from './processes/index.ts'
