export { measureProcess, type PoolMemory } from './effect.ts'
export type { ReforkSteps } from './refork.ts'
export type { Refork } from './reforks.ts'
export { Supervisor, type SupervisorEvents } from './supervisor.ts'
