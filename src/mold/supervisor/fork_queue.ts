export interface ForkRequest {
  readonly id: number
  readonly slot: number
  readonly generation: number
}

/** Workers that are to be forked: in the order in which they were asked for, one at a time. */
export class ForkQueue {
  #waiting: ForkRequest[] = []
  #current: ForkRequest | undefined

  add(request: ForkRequest): void {
    this.#waiting.push(request)
  }

  /** The one whose turn it is; undefined while another is under way, and when nobody waits. */
  take(): ForkRequest | undefined {
    if (this.#current !== undefined) return undefined
    this.#current = this.#waiting.shift()
    return this.#current
  }

  /** The one under way is there, or has failed. */
  done(): void {
    this.#current = undefined
  }

  /** False when it is under way already, or was never asked for. */
  cancel(id: number): boolean {
    const before = this.#waiting.length
    this.#waiting = this.#waiting.filter((request) => request.id !== id)
    return this.#waiting.length < before
  }
}
