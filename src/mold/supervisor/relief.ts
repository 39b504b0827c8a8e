/** The worker that is to be the mold, and serves until another serves in its place. */
export class Relief {
  #awaited: { readonly id: number, readonly onTaken: () => void } | undefined

  /** Resolves when the engine has another in its place, and would have it drain. Never, when that fails. */
  whenTaken(id: number): Promise<void> {
    return new Promise((onTaken) => {
      this.#awaited = { id, onTaken }
    })
  }

  /** Whether it is the one that is waited for; then whoever waits sees to it. */
  takes(id: number): boolean {
    if (this.#awaited?.id !== id) return false
    this.#awaited.onTaken()
    this.#awaited = undefined
    return true
  }

  /** It is a worker as any other. */
  end(): void {
    this.#awaited = undefined
  }
}
