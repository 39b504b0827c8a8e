/** Work that is done sooner says nothing of itself. */
const QUIET_MS = 1000
const REFRESH_MS = 200
const ERASE_LINE = '\r\x1b[K'

/** One line on standard error that tells how far long work has come; nothing where that is no terminal. */
export class Progress implements Disposable {
  readonly #start = performance.now()
  #shownAt = -Infinity
  #isShown = false

  /** `text` holds no text of other processes. */
  show(text: () => string): void {
    const now = performance.now()
    if (process.stderr.isTTY !== true || now - this.#start < QUIET_MS || now - this.#shownAt < REFRESH_MS) return
    process.stderr.write(`${ERASE_LINE}smem-ts: ${text()}`)
    this.#shownAt = now
    this.#isShown = true
  }

  /** Before anything else is written to the terminal. */
  clear(): void {
    if (this.#isShown) process.stderr.write(ERASE_LINE)
    this.#isShown = false
  }

  [Symbol.dispose](): void {
    this.clear()
  }
}
