export { figuresToKilobytes, toKilobytes, type GroupKilobytes, type MappingGroup } from './mapping_group.ts'
export { toArguments, type ProcessInfo, type ScannedProcess, type Unavailable } from './process_info.ts'
export {
  scanProcesses, scanProcessesAsync, type ScanProcessesAsyncOptions, type ScanProcessesOptions, type SelectProcesses,
} from './scan.ts'
export { coverageOf, describeCoverage, hasMemory, type Coverage } from './coverage.ts'
export { meminfoOrUndefined, takeSnapshot, takeSnapshotAsync, type Snapshot, type SnapshotProcess } from './snapshot.ts'
export { cgroupNames, type CgroupNames } from './cgroup_names.ts'
export type { FigureSums } from './figure_sums.ts'
export { groupProcesses, GROUPINGS, NO_GROUP, programName, type Group, type Grouping } from './group.ts'
export { processTree, subtreeOf, treeRows, type ProcessTree, type TreeRow } from './tree.ts'
export { listProcesses, readProcesses, type ProcessIdentity } from './read_some.ts'
export { classifyMappings, MAPPING_KINDS, runsNode, V8_CODE, type ClassifiedMapping, type MappingKind } from './mapping_kinds.ts'
export {
  MAPPING_FIGURES, summarizeMappings, type MappedItem, type MappedKind, type MappingFigure, type MappingSummary,
  type MappingSums, type SummaryOrder,
} from './mapping_summary.ts'
export { findSharers, type Sharers } from './mapping_sharers.ts'
export { probeAccess } from './access.ts'
export { hasAddressSpace } from './process_state.ts'
export { smemName } from './mapping_name.ts'
