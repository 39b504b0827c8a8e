/** Workers that are to be forked, by id: in the order in which they were asked for, one at a time. */
export class ForkQueue {
  #waiting: number[] = []
  #current: number | undefined

  add(id: number): void {
    this.#waiting.push(id)
  }

  /** The one whose turn it is; undefined while another is under way, and when nobody waits. */
  take(): number | undefined {
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
    this.#waiting = this.#waiting.filter((other) => other !== id)
    return this.#waiting.length < before
  }
}
