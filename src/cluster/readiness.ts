import type { Address } from 'node:cluster'

/** How long a replacement that listens somewhere may take to listen everywhere. */
const SETTLE_MS = 1000

/**
 * When a worker that listens counts as ready: when it listens wherever all of the serving workers do. One that serves two ports
 * would otherwise be taken for ready with the first of them, and the second might have nobody left. New code may have one port
 * less, so the wait ends.
 */
export class Readiness {
  readonly #addresses = new Set<string>()
  readonly #onReady: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(onReady: () => void) {
    this.#onReady = onReady
  }

  /** It listens there, too; `serving` are those that take work now. */
  listening(address: Address, serving: Iterable<Readiness>): void {
    this.#addresses.add(`${address.addressType} ${address.address} ${address.port}`)
    if (commonAddresses(serving).every((common) => this.#addresses.has(common))) this.#settle()
    else this.#timer ??= setTimeout(() => this.#settle(), SETTLE_MS).unref()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  static addressesOf(readiness: Readiness): ReadonlySet<string> {
    return readiness.#addresses
  }

  #settle(): void {
    clearTimeout(this.#timer)
    this.#onReady()
  }
}

/** Where each of them listens; those that began before we looked say nothing. */
function commonAddresses(serving: Iterable<Readiness>): string[] {
  const sets = [...serving].map((readiness) => Readiness.addressesOf(readiness)).filter((set) => set.size > 0)
  return [...sets[0] ?? []].filter((address) => sets.every((set) => set.has(address)))
}
