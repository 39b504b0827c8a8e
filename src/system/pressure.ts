import { MemoryScopeReader } from './memory_scope.ts'
import { watchLimits } from './pressure_limits.ts'
import { checkPressureOptions, type CheckedPressureOptions, type PressureEvent, type PressureOptions } from './pressure_options.ts'
import type { PressureSkip, PressureSource, Running, SourceHost } from './pressure_source.ts'
import { watchStalls } from './pressure_stall.ts'

export type { PressureEvent, PressureLevel, PressureOptions, StallTrigger } from './pressure_options.ts'
export type { PressureSkip, PressureSource } from './pressure_source.ts'

/**
 * Tells when memory gets short: by stalls (PSI), as the service manager or the kernel sees them, and by how near the control group
 * comes to its limit. Keeps no process alive. Costs nothing as long as nothing happens, but for what `sources` says is polled.
 *
 * @throws {TypeError} on a bad option
 * @throws {SmemError} `ESRCH` when there is no process `pid`
 */
export function watchPressure(options: PressureOptions): PressureWatch {
  return new PressureWatch(options)
}

/** Those that are open: a watch that nobody holds still tells until it is closed. */
const open = new Set<PressureWatch>()

/** Use `watchPressure`. The control groups are those of the moment it was made. */
export class PressureWatch implements Disposable {
  readonly #options: CheckedPressureOptions
  readonly #running = new Map<PressureSource, Running>()
  readonly #skipped: PressureSkip[] = []
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: PressureOptions) {
    this.#options = checkPressureOptions(options)
    const { memory, unified } = new MemoryScopeReader(this.#options.scope).places()
    const host: SourceHost = {
      intervalMs: this.#options.intervalMs,
      emit: (event) => this.#emit(event),
      add: (source, running) => this.#add(source, running),
      end: (source, reason) => this.#end(source, reason),
      skip: (kind, path, reason) => this.#skipped.push({ kind, path, reason }),
    }
    open.add(this)
    watchStalls(this.#options, unified, host)
    watchLimits(this.#options, memory, host)
  }

  /** What is watched now. */
  get sources(): readonly PressureSource[] {
    return [...this.#running.keys()]
  }

  /** What could not be watched, or has ended since, and why. */
  get skipped(): readonly PressureSkip[] {
    return [...this.#skipped]
  }

  /** No event comes any more; descriptors are given back. Further calls do nothing. */
  close(): void {
    this.#closed = true
    open.delete(this)
    for (const running of this.#running.values()) running.close()
    this.#running.clear()
    clearInterval(this.#timer)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #emit(event: PressureEvent): void {
    if (!this.#closed) this.#options.onEvent(event)
  }

  #add(source: PressureSource, running: Running): void {
    if (this.#closed) return running.close() // by its listener, while one source took over from another
    this.#running.set(source, running)
    if (running.tick !== undefined) this.#timer ??= setInterval(() => this.#tick(), this.#options.intervalMs).unref()
  }

  #end(source: PressureSource, reason: string): void {
    this.#running.get(source)?.close()
    if (!this.#running.delete(source)) return
    this.#skipped.push({ kind: source.kind, path: source.path, reason })
  }

  #tick(): void {
    for (const running of [...this.#running.values()]) {
      if (this.#closed) return
      running.tick?.()
    }
  }
}
