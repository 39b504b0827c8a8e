import { nearest } from '../nearest.ts'
import { show } from '../options.ts'
import type { WorkerPool } from '../pool/index.ts'
import type { Monitor } from './monitor.ts'
import { MAX_STRIKES } from './monitors/index.ts'
import type { WatchdogOptions } from './options.ts'
import { shortMonitors } from './short_form.ts'
import { escaped } from './text.ts'

/** What the watchdog's own decisions and monitors are called. */
const RESERVED: readonly string[] = ['refork', 'refork-requests', 'refork-age', 'refork-pays']
const PROPERTIES = [
  'name', 'strikes', 'usesPressure', 'wants', 'check', 'unknown', 'needsPrimary', 'close',
] as const satisfies (keyof Monitor)[]

/** The monitors of the short form, then those of the user's own. @throws {TypeError} on a bad one, or when there is none */
export function toMonitors(options: WatchdogOptions, pool: WorkerPool): readonly Monitor[] {
  const { monitors: own = [] }: { monitors?: unknown } = options
  if (!Array.isArray(own)) throw new TypeError(`"monitors" must be an array, got ${show(own)}`)
  const monitors: unknown[] = [...shortMonitors(options), ...own as unknown[]]
  if (monitors.length === 0 && options.refork === undefined) {
    const hint = "give it a limit such as workerUss: '600MB', or monitors that are not empty"
    throw new TypeError(`the watchdog has nothing to watch: ${hint}`)
  }
  const names = new Set<string>()
  return monitors.map((monitor) => {
    checkMonitor(monitor)
    const name = escaped(monitor.name)
    if (monitor.needsPrimary === true && pool.primaryPid === undefined) {
      throw new TypeError(`the monitor '${name}' judges by the primary's memory, and a pool of the kind '${pool.kind}' has none`)
    }
    if (RESERVED.includes(monitor.name)) {
      throw new TypeError(`the name '${name}' is reserved for the watchdog's own reforks: give the monitor another by its "name"`)
    }
    if (names.has(monitor.name)) throw new TypeError(`two monitors have the name '${name}': give one of them another by its "name"`)
    names.add(monitor.name)
    return monitor
  })
}

function checkMonitor(monitor: unknown): asserts monitor is Monitor {
  if (monitor === null || typeof monitor !== 'object') throw new TypeError(`a monitor must be an object, got ${show(monitor)}`)
  const parts = monitor as Partial<Record<keyof Monitor, unknown>>
  if (typeof parts.name !== 'string' || parts.name === '') {
    throw new TypeError(`a monitor must have a "name", got ${show(parts.name)}`)
  }
  const { strikes } = parts
  const name = escaped(parts.name)
  checkProperties(monitor, name)
  if (typeof parts.check !== 'function') {
    throw new TypeError(`the monitor '${name}' must have a function "check", got ${show(parts.check)}`)
  }
  for (const key of ['wants', 'unknown', 'close'] as const) {
    if (parts[key] !== undefined && typeof parts[key] !== 'function') {
      throw new TypeError(`"${key}" of the monitor '${name}' must be a function, got ${show(parts[key])}`)
    }
  }
  for (const key of ['usesPressure', 'needsPrimary'] as const) {
    if (parts[key] !== undefined && typeof parts[key] !== 'boolean') {
      throw new TypeError(`"${key}" of the monitor '${name}' must be true or false, got ${show(parts[key])}`)
    }
  }
  if (strikes !== undefined && !(Number.isInteger(strikes) && Number(strikes) >= 1 && Number(strikes) <= MAX_STRIKES)) {
    throw new TypeError(`"strikes" of the monitor '${name}' must be an integer from 1 to ${MAX_STRIKES}, got ${show(strikes)}`)
  }
}

/** A monitor may hold what else it needs; what is nearly the name of a property is a misspelling. Classes are not looked at. */
function checkProperties(monitor: object, name: string): void {
  const prototype: unknown = Object.getPrototypeOf(monitor)
  if (prototype !== null && prototype !== Object.prototype) return
  for (const key of Object.keys(monitor)) {
    const near = PROPERTIES.some((known) => known === key) ? undefined : nearest(key, PROPERTIES)
    if (near === undefined) continue
    throw new TypeError(`unknown property "${escaped(key)}" of the monitor '${name}': did you mean "${near}"?`)
  }
}
