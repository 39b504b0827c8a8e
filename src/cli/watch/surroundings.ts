import type { ProcessInfo } from '../../processes/index.ts'
import { MemoryScopeReader, watchPressure, type MemoryScope, type PressureEvent, type PressureWatch } from '../../system/index.ts'

const FIRST_PROCESS = 1

/**
 * The memory that limits what is watched, and the pressure on it: of its control group when all are in one, else of the first
 * process, which stands for the machine or the container. Never of this command's own service.
 */
export class Surroundings implements Disposable {
  readonly #note: (line: string) => void
  #pid = FIRST_PROCESS
  #cgroup: string | undefined
  #scope: MemoryScopeReader | undefined
  #pressure: PressureWatch | undefined
  #onPressure: ((event: PressureEvent) => void) | undefined

  /** `note` is told what of pressure cannot be had, time and again. */
  constructor(note: (line: string) => void) {
    this.#note = note
  }

  /** These are watched now. With none, as after the end of a service, all stays as it is. */
  see(processes: readonly Pick<ProcessInfo, 'pid' | 'cgroup'>[]): void {
    const [first] = processes
    if (first === undefined) return
    const isOne = first.cgroup !== undefined && processes.every(({ cgroup }) => cgroup === first.cgroup)
    const cgroup = isOne ? first.cgroup : undefined
    const isSame = cgroup === this.#cgroup
      && (isOne ? processes.some(({ pid }) => pid === this.#pid) : this.#pid === FIRST_PROCESS)
    if (isSame) return
    this.#cgroup = cgroup
    this.#pid = isOne ? first.pid : FIRST_PROCESS
    this.#scope = undefined
    // A service that was started again has a new control group of the old name.
    if (this.#onPressure !== undefined) this.#listen(this.#onPressure)
  }

  /** @throws {SmemError} when it cannot be read */
  readScope(): MemoryScope {
    for (const pid of [this.#pid, FIRST_PROCESS]) {
      try {
        this.#scope ??= new MemoryScopeReader({ pid })
        return this.#scope.read()
      } catch {
        // It has ended, or /proc hides it.
        this.#scope = undefined
      }
    }
    return new MemoryScopeReader().read()
  }

  /** Calls `onEvent` for pressure until it is closed. */
  watchPressure(onEvent: (event: PressureEvent) => void): { close(): void } {
    this.#onPressure = onEvent
    this.#listen(onEvent)
    return { close: () => this[Symbol.dispose]() }
  }

  [Symbol.dispose](): void {
    this.#onPressure = undefined
    this.#pressure?.close()
  }

  #listen(onEvent: (event: PressureEvent) => void): void {
    this.#pressure?.close()
    this.#pressure = this.#open(this.#pid, onEvent) ?? this.#open(FIRST_PROCESS, onEvent)
    const { sources = [], skipped = [] } = this.#pressure ?? {}
    if (sources.length > 0) return
    const reasons = skipped.map(({ path, reason }) => `${path === undefined ? '' : `${path}: `}${reason}`)
    const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`
    this.#note(`--pressure: nothing here tells of memory pressure${why}`)
  }

  #open(pid: number, onEvent: (event: PressureEvent) => void): PressureWatch | undefined {
    try {
      // What the service manager tells in the environment is of this command's own service.
      return watchPressure({ onEvent, pid, env: {} })
    } catch {
      return undefined
    }
  }
}
