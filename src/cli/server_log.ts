import { ClosedPipe, type Output } from './output.ts'

/** Lines of a server, which serves on whether they can be written or not: those that cannot are lost, and that is told once. */
export class ServerLog {
  readonly #output: Output
  #last: Promise<void> = Promise.resolve()
  #hasFailed = false

  constructor(output: Output) {
    this.#output = output
  }

  print(line: string): void {
    this.#last = this.#last.then(() => this.#output.write(line)).catch((error: unknown) => this.#failed(error))
  }

  /** Resolves when all is written or lost. */
  async end(): Promise<void> {
    await this.#last
  }

  #failed(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    const { code, message } = error as NodeJS.ErrnoException
    const reason = error instanceof ClosedPipe ? 'EPIPE: nobody reads it any more' : code ?? message
    this.#output.note(`standard output cannot be written to (${reason}): `
      + 'lines that cannot be written are lost; the workers serve on')
  }
}
