export type { MappingGroup } from './mapping_group.ts'
export type { ProcessInfo, ScannedProcess, Unavailable } from './process_info.ts'
export {
  scanProcesses, scanProcessesAsync, type ScanProcessesAsyncOptions, type ScanProcessesOptions,
} from './scan.ts'
export { coverageOf, describeCoverage, type Coverage } from './coverage.ts'
export { takeSnapshot, takeSnapshotAsync, type Snapshot, type SnapshotProcess } from './snapshot.ts'
export { cgroupNames, type CgroupNames } from './cgroup_names.ts'
export type { FigureSums } from './figure_sums.ts'
export { groupProcesses, GROUPINGS, programName, type Group, type Grouping } from './group.ts'
export { processTree, subtreeOf, treeRows, type ProcessTree, type TreeRow } from './tree.ts'
export { listProcesses, readProcesses, type ProcessIdentity } from './read_some.ts'
