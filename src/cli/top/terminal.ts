import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { moveTo } from './screen.ts'

/** What a terminal reports. */
export interface TerminalEvents {
  /** A key by its name, as `press` of view.ts takes it. */
  onKey(key: string): void
  /** The screen has to be drawn again in full: resized, or back from a stop. */
  onRedraw(): void
  /** The terminal is gone, or a signal asks for the end. */
  onEnd(signal: NodeJS.Signals): void
}

interface Keypress {
  readonly name?: string
  readonly ctrl?: boolean
  readonly meta?: boolean
}

const ENTER_ALT_SCREEN = '\x1b[?1049h'
const LEAVE_ALT_SCREEN = '\x1b[?1049l'
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
/** A line that turns out wider than reckoned is cut by the terminal, and pushes nothing. */
const NO_WRAP = '\x1b[?7l'
const WRAP = '\x1b[?7h'
const PLAIN_TEXT = '\x1b[0m'

const END_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/** Named keys that are not characters. Others are given by the character they make. */
const NAMED_KEYS = new Set([
  'up', 'down', 'pageup', 'pagedown', 'home', 'end', 'return', 'enter', 'escape', 'backspace',
])

/**
 * A terminal taken over for a full screen. Whatever ends the process, `close` is called, and the terminal is as it was:
 * screen, cursor, modes.
 */
export class Terminal {
  readonly #stdin: ReadStream
  readonly #stdout: WriteStream
  readonly #altScreen: boolean
  readonly #events: TerminalEvents
  #isOpen = false
  #isTaken = false

  constructor(stdin: ReadStream, stdout: WriteStream, altScreen: boolean, events: TerminalEvents) {
    this.#stdin = stdin
    this.#stdout = stdout
    this.#altScreen = altScreen
    this.#events = events
  }

  /** false while it belongs to another program: before `open`, from a stop to its end, after `close`. */
  get isTaken(): boolean {
    return this.#isTaken
  }

  open(): void {
    this.#isOpen = true
    for (const signal of END_SIGNALS) process.on(signal, this.#events.onEnd)
    process.on('SIGTSTP', this.#onStop)
    process.on('SIGCONT', this.#onContinue)
    process.on('uncaughtExceptionMonitor', this.#release)
    process.on('exit', this.#release)
    this.#stdout.on('resize', this.#events.onRedraw)
    if (this.#stdin.isTTY) {
      emitKeypressEvents(this.#stdin)
      this.#stdin.on('keypress', this.#onKeypress)
      this.#stdin.on('end', this.#onHangUp)
      this.#stdin.on('error', this.#onHangUp)
      this.#stdin.resume()
    }
    this.#take()
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#release()
    for (const signal of END_SIGNALS) process.off(signal, this.#events.onEnd)
    process.off('SIGTSTP', this.#onStop)
    process.off('SIGCONT', this.#onContinue)
    process.off('uncaughtExceptionMonitor', this.#release)
    process.off('exit', this.#release)
    this.#stdout.off('resize', this.#events.onRedraw)
    this.#stdin.off('keypress', this.#onKeypress)
    this.#stdin.off('end', this.#onHangUp)
    this.#stdin.off('error', this.#onHangUp)
    this.#stdin.pause()
  }

  /** Stops this process and those in front of it (npx, a script), as Ctrl-Z does in a terminal's own mode. */
  suspend(): void {
    this.#release()
    process.kill(0, 'SIGTSTP')
  }

  /** Back to what the terminal was, in one synchronous write: this runs in exit and exception handlers. */
  readonly #release = (): void => {
    if (!this.#isTaken) return
    this.#isTaken = false
    const below = this.#altScreen ? LEAVE_ALT_SCREEN : `${moveTo((this.#stdout.rows || 24) - 1)}\r\n`
    this.#setRawMode(false)
    this.#stdout.write(PLAIN_TEXT + WRAP + SHOW_CURSOR + below)
  }

  #take(): void {
    // Entered twice, the alternate screen of some terminals forgets where the cursor was in the other one.
    const enter = this.#altScreen && !this.#isTaken ? ENTER_ALT_SCREEN : ''
    this.#isTaken = true
    this.#setRawMode(true)
    this.#stdout.write(enter + HIDE_CURSOR + NO_WRAP)
  }

  #setRawMode(raw: boolean): void {
    if (!this.#stdin.isTTY) return
    try {
      this.#stdin.setRawMode(raw)
    } catch {
      // The terminal has hung up: there is nothing left to restore.
    }
  }

  /** Stops for real: without a listener the signal does what it does to every other program. */
  readonly #onStop = (): void => {
    this.#release()
    process.off('SIGTSTP', this.#onStop)
    process.kill(process.pid, 'SIGTSTP')
    // Here again after SIGCONT, or at once where nobody could continue us and the kernel does not stop such a process.
    setImmediate(() => {
      if (!this.#isOpen) return
      process.on('SIGTSTP', this.#onStop)
      this.#onContinue()
    })
  }

  /** Also after SIGSTOP, which cannot be met: the shell has had the terminal meanwhile. */
  readonly #onContinue = (): void => {
    if (!this.#isOpen) return
    this.#setRawMode(false)
    this.#take()
    this.#events.onRedraw()
  }

  readonly #onHangUp = (): void => {
    this.#events.onEnd('SIGHUP')
  }

  readonly #onKeypress = (text: string | undefined, key: Keypress): void => {
    const name = keyName(text, key)
    if (name !== undefined) this.#events.onKey(name)
  }
}

function keyName(text: string | undefined, { name, ctrl = false, meta = false }: Keypress): string | undefined {
  if (ctrl && name !== undefined) return `ctrl+${name}`
  if (name !== undefined && NAMED_KEYS.has(name)) return name
  if (meta || text === undefined || [...text].length !== 1 || text < ' ') return undefined
  return text
}
