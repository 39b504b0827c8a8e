import type { Output } from '../output.ts'

/** Prints lines one after the other for whoever cannot wait for them. */
export class LinePrinter implements Disposable {
  /** Aborts when the command is interrupted, and when nothing can be printed any more. */
  readonly signal: AbortSignal
  readonly #output: Output
  readonly #failed = new AbortController()
  #last: Promise<void> = Promise.resolve()

  constructor(output: Output, interrupted: AbortSignal) {
    this.#output = output
    this.signal = AbortSignal.any([interrupted, this.#failed.signal])
  }

  print(line: string): void {
    this.#last = this.#last.then(() => this.#output.write(line))
    this.#last.catch(() => this.#failed.abort())
  }

  /** Resolves when all is written. @throws {ClosedPipe} and what else went wrong */
  async end(): Promise<void> {
    await this.#last
  }

  [Symbol.dispose](): void {
    this.#last.catch(() => undefined)
  }
}
