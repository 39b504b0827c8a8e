import { show } from '../options.ts'
import type { Monitor } from './monitor.ts'
import {
  age, growth, heapFragmentation, memoryPressure, poolBudget, requests, unresponsive, workerLimit,
} from './monitors/index.ts'
import type { ShortOptions } from './options.ts'

export const SHORT_NAMES = [
  'workerUss', 'workerPss', 'workerRss', 'poolPss', 'growth', 'pressure', 'fragmentation', 'maxAge', 'maxRequests', 'unresponsive',
] as const satisfies (keyof ShortOptions)[]

/** How each option of the short form becomes a monitor. */
const MAKERS: { readonly [K in typeof SHORT_NAMES[number]]: (value: NonNullable<ShortOptions[K]>) => Monitor } = {
  workerUss: (uss) => workerLimit({ uss }),
  workerPss: (pss) => workerLimit({ pss }),
  workerRss: (rss) => workerLimit({ rss }),
  poolPss: (pss) => poolBudget({ pss }),
  growth: (value) => growth(typeof value === 'number' ? { factor: value } : objectOf(value, 'growth')),
  pressure: (value) => memoryPressure(objectOf(value, 'pressure')),
  fragmentation: (value) => heapFragmentation(objectOf(value, 'fragmentation')),
  maxAge: (value) => age(typeof value === 'object' ? value : { limit: value }),
  maxRequests: (value) => requests(typeof value === 'object' ? value : { limit: value }),
  unresponsive: (after) => unresponsive({ after }),
}

/** @throws {TypeError} on a bad value, naming the option of the short form */
export function shortMonitors(options: ShortOptions): Monitor[] {
  return SHORT_NAMES.flatMap((name) => {
    const value: unknown = options[name]
    if (value === undefined || value === false) return []
    const make = MAKERS[name] as (given: unknown) => Monitor
    try {
      return [make(value)]
    } catch (error) {
      throw error instanceof TypeError ? new TypeError(`"${name}": ${error.message}`) : error
    }
  })
}

/** The options of a monitor; true stands for none. */
function objectOf<T extends object>(value: true | false | T, name: string): T {
  if (value === true) return {} as T
  if (typeof value === 'object') return value
  throw new TypeError(`"${name}" must be true or an object of options, got ${show(value)}`)
}
