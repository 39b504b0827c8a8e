export { Watchdog, type WatchdogParts } from './watchdog.ts'
export type { WatchdogLogger, WatchdogOptions } from './options.ts'
export type { ReforkOptions, ReforkSignal } from './refork_options.ts'
export type { WatchdogEvents } from './announcer.ts'
export type { MonitorFailure } from './monitor_panel.ts'
export type { Gauge } from './observer.ts'
export type { Timers } from './tick_timer.ts'
export type { Limit } from './limit.ts'
export type { Decision, Effect, Verdict } from './decision.ts'
export type { Action, Monitor, MonitorContext, ProcessSample, Reason, Violation, WorkerSample } from './monitor.ts'
export {
  age, growth, heapFragmentation, memoryPressure, poolBudget, requests, unresponsive, workerLimit,
  type AgeOptions, type CommonOptions, type GrowthOptions, type HeapFragmentationOptions, type MemoryPressureOptions,
  type PoolBudgetOptions, type RequestsOptions, type UnresponsiveOptions, type WorkerLimitOptions,
} from './monitors/index.ts'
