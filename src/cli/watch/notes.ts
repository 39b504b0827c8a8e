import { SmemError } from '../../errors.ts'

/** So that a watch of months does not grow by what it has said. */
const MAX_REMEMBERED = 1000

/** What a long-running command says on standard error, without saying it again and again. */
export class Notes {
  readonly #note: (line: string) => void
  readonly #said = new Set<string>()

  constructor(note: (line: string) => void) {
    this.#note = note
  }

  /** Each time. */
  readonly each = (line: string): void => {
    this.#note(line)
  }

  readonly once = (line: string): void => {
    if (this.#said.has(line)) return
    if (this.#said.size >= MAX_REMEMBERED) this.#said.clear()
    this.#said.add(line)
    this.#note(line)
  }

  /** Unless it repeats, among other words, what has been said. */
  readonly unlessSaid = (line: string): void => {
    if (![...this.#said].some((before) => line.includes(before))) this.once(line)
  }

  /** What the system refuses for once is no reason to end; the same is said once. Anything else is. */
  readonly failure = (error: unknown): void => {
    if (!(error instanceof SmemError)) throw error
    this.once(error.message)
  }
}
