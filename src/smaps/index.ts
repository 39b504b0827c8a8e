export { Field } from './fields.ts'
export { toMemoryFigures, toMemoryUsage, type MemoryFigures, type MemoryUsage } from './memory_usage.ts'
export {
  readSmaps, readSmapsAsync, readSmapsInto, SOURCES, type ReadSmapsAsyncOptions, type ReadSmapsOptions,
} from './read_smaps.ts'
export type { Mapping } from './mapping.ts'
export {
  readMappings, readMappingsAsync, type ReadMappingsAsyncOptions, type ReadMappingsOptions,
} from './read_mappings.ts'
export { openProcess, type OpenProcessOptions, type ProcessHandle } from './process_handle.ts'
export { toReadFailure, type ReadFailure } from './read_error.ts'
export { buildInSlices, runCancellable } from './cancellable.ts'
export { toStartTicks, toStartTime } from './start_time.ts'
