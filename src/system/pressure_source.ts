import { codeOf } from '../errors.ts'
import type { PressureListener, PressurePoll } from '../native/index.ts'
import type { PressureEvent } from './pressure_options.ts'

/** Something that a `PressureWatch` watches. */
export interface PressureSource {
  readonly kind: PressureEvent['kind']
  readonly path: string
  /** `told`: the kernel or the service manager tells at once. `polled`: it is read each `interval`. */
  readonly how: 'told' | 'polled'
  /** What makes an event: 'some 200000 2000000', '943718400 bytes', 'medium', ... */
  readonly condition: string
}

/** Something that it does not watch, and why. */
export interface PressureSkip {
  readonly kind: PressureEvent['kind']
  readonly path: string
  readonly reason: string
}

/** How a source runs. */
export interface Running {
  /** Called each `interval`, for those that are polled or may be. */
  tick?(): void
  close(): void
}

/** What sources ask of the watch they belong to. */
export interface SourceHost {
  readonly intervalMs: number
  emit(event: PressureEvent): void
  add(source: PressureSource, running: Running): void
  /** The source is closed, and counts as skipped from now on. */
  end(source: PressureSource, reason: string): void
  skip(kind: PressureEvent['kind'], path: string, reason: string): void
}

/** How a descriptor that tells is run. */
export interface Telling {
  readonly source: PressureSource
  /** Between two events, in milliseconds. */
  readonly intervalMs: number
  open(notify: PressureListener): PressurePoll | number
  hit(count: number): void
  /** It tells nothing more. */
  ended(): void
}

/** Has the source told of by a descriptor. 0 or an errno. */
export function addTelling(host: SourceHost, { source, intervalMs, open, hit, ended }: Telling): number {
  const events = new Coalesced(intervalMs, hit)
  const poll = open((count) => {
    if (count > 0) events.hit(count)
    else ended()
  })
  if (typeof poll === 'number') return poll
  host.add(source, {
    close: () => {
      events.close()
      poll.close()
    },
  })
  return 0
}

/** Why something could not be opened, for people. */
export function reasonOf(errno: number): string {
  const code = codeOf(errno)
  return code === 'ERR_NO_SMAPS' ? WHY['EOPNOTSUPP'] ?? code : WHY[code] ?? code
}

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'EACCES: this user may not write to it',
  EPERM: 'EPERM: it cannot be polled, or not by this user',
  EROFS: 'EROFS: it is mounted for reading only',
  ENOENT: 'ENOENT: there is no such file',
  EOPNOTSUPP: 'EOPNOTSUPP: the kernel has this switched off (psi=0), or it is no such file',
}

/**
 * Hits of a source as events: the first at once, then at most one each interval, and none is lost. An eventfd counts up with every
 * round of the kernel's reclaim.
 */
class Coalesced {
  readonly #intervalMs: number
  readonly #emit: (count: number) => void
  #waiting = 0
  #timer: NodeJS.Timeout | undefined

  constructor(intervalMs: number, emit: (count: number) => void) {
    this.#intervalMs = intervalMs
    this.#emit = emit
  }

  hit(count: number): void {
    this.#waiting += count
    if (this.#timer === undefined) this.#flush()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = 0
  }

  #flush(): void {
    const count = this.#waiting
    this.#waiting = 0
    this.#timer = count === 0 ? undefined : setTimeout(() => this.#flush(), this.#intervalMs).unref()
    if (count > 0) this.#emit(count)
  }
}
