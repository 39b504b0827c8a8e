import type { CheckedTrigger } from './pressure_options.ts'
import type { PressureSource, SourceHost } from './pressure_source.ts'
import { readText } from './text_file.ts'

/** A reading of `total=`, microseconds. */
interface Reading {
  readonly atMs: number
  readonly total: number
}

/** Reads the total of a file of PSI each interval, where no trigger can be had. False when there is nothing to read. */
export function pollStalls(path: string, trigger: CheckedTrigger, host: SourceHost, next: () => void): boolean {
  const { kind, stallMs, windowMs } = trigger
  const total = readTotal(path, kind)
  if (total === undefined) {
    host.skip('psi', path, `it has no total of '${kind}' to read`)
    return false
  }
  const condition = `${kind} ${stallMs} ms in ${windowMs} ms`
  const source: PressureSource = { kind: 'psi', path, how: 'polled', condition }
  const stalls = new StallWindow(trigger, total, performance.now())
  const tick = (): void => {
    const now = readTotal(path, kind)
    if (now !== undefined) {
      const stalledMs = stalls.add(now, performance.now())
      if (stalledMs === undefined) return
      const detail = `tasks stalled for want of memory for ${Math.round(stalledMs)} ms (${condition})`
      return host.emit({ kind: 'psi', path, detail, count: 1 })
    }
    host.end(source, 'it has ended: the control group was removed')
    next()
  }
  host.add(source, { tick, close: () => undefined })
  return true
}

/** Tells when the stalls within a window come to the trigger's, once a window at most, as the kernel does. */
export class StallWindow {
  readonly #trigger: CheckedTrigger
  #readings: Reading[]
  #quietUntilMs = -Infinity

  constructor(trigger: CheckedTrigger, total: number, nowMs: number) {
    this.#trigger = trigger
    this.#readings = [{ atMs: nowMs, total }]
  }

  /** Milliseconds of stalls when it is time to tell of them. */
  add(total: number, nowMs: number): number | undefined {
    const { stallMs, windowMs } = this.#trigger
    // The one just before the window's begin is needed as long as the next one is later than it.
    const first = this.#readings.findLastIndex(({ atMs }) => atMs <= nowMs - windowMs)
    if (first > 0) this.#readings.splice(0, first)
    const before = this.#readings[0]
    this.#readings.push({ atMs: nowMs, total })
    if (before === undefined || nowMs < this.#quietUntilMs) return undefined
    // A reading that is older than the window (a long interval, a suspended process): its stalls are taken to be spread evenly.
    const share = Math.min(1, windowMs / Math.max(1, nowMs - before.atMs))
    const stalledMs = ((total - before.total) / 1000) * share
    if (!(stalledMs >= stallMs)) return undefined
    this.#quietUntilMs = nowMs + windowMs
    return stalledMs
  }
}

function readTotal(path: string, kind: 'some' | 'full'): number | undefined {
  const digits = new RegExp(`^${kind} .*\\btotal=(\\d+)`, 'm').exec(readText(path) ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}
