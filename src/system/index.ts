export { readUserNames } from './users.ts'
export { parseMeminfo, readMeminfo, type Meminfo } from './meminfo.ts'
export { serviceNotifier, ServiceNotifier, type ServiceNotifierOptions } from './sd_notify.ts'
export { support, type KernelSupport, type Support } from './support.ts'
export type { Privileges } from './privileges.ts'
export { cgroupPath } from './cgroup_path.ts'
export { diagnose, type Access, type Diagnosis, type Facts, type Finding, type FindingId, type Remedy } from './diagnosis.ts'
export { readMachineFacts, type CgroupFacts, type MachineFacts } from './machine_facts.ts'
export { MemoryScopeReader, readMemoryScope, type MemoryScope, type MemoryScopeOptions } from './memory_scope.ts'
export { cgroupMountPoints, type CgroupPlace, type CgroupPlaces } from './cgroup_mounts.ts'
export {
  watchPressure, PressureWatch, type PressureEvent, type PressureLevel, type PressureOptions, type PressureSkip,
  type PressureSource, type StallTrigger,
} from './pressure.ts'
