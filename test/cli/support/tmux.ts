/** A pseudo-terminal of fixed size whose screen can be read: tmux, detached, on a socket of its own. */
import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { waitFor } from '../../support/wait_for.ts'

const run = promisify(execFile)
const DEADLINE_MS = 1000 * 30

export interface PaneState {
  readonly alternateScreen: boolean
  readonly cursorVisible: boolean
  readonly wraps: boolean
  readonly cursor: string
}

export function hasTmux(): boolean {
  return spawnSync('tmux', ['-V']).status === 0
}

export class Pane {
  readonly #socket: string

  private constructor(socket: string) {
    this.#socket = socket
  }

  /** A shell with the prompt '$ '. `close` ends it and all that runs in it. */
  static async open(columns: number, rows: number, env: Readonly<Record<string, string>> = {}): Promise<Pane> {
    const pane = new Pane(`smem-ts-${randomUUID()}`)
    const variables = Object.entries({ LC_ALL: 'C.UTF-8', ENV: '', NO_COLOR: '', ...env })
    await run('tmux', [
      '-L', pane.#socket, '-f', '/dev/null', '-u', 'new-session', '-d', '-x', String(columns), '-y', String(rows),
      ...variables.flatMap(([name, value]) => ['-e', `${name}=${value}`]), 'sh',
    ])
    await pane.#tmux('set-option', '-g', 'window-size', 'manual')
    await pane.shows(/[$#]/)
    // Some shells have their own for root, whatever the environment says.
    await pane.type("PS1='$ '; clear\n")
    await pane.shows(/^\$\s*$/)
    return pane
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server').catch(() => undefined)
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text)
  }

  /** Presses keys by tmux's names: 'Enter', 'Escape', 'PageDown', 'C-z'. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys)
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** The screen as text; with `colours`, with the sequences that make them. */
  async screen(colours = false): Promise<string> {
    return this.#tmux('capture-pane', '-p', ...(colours ? ['-e'] : []))
  }

  async state(): Promise<PaneState> {
    const format = '#{alternate_on} #{cursor_flag} #{wrap_flag} #{cursor_x},#{cursor_y}'
    const [alternate, cursorFlag, wrap, cursor = ''] = (await this.#tmux('display-message', '-p', format)).trim().split(' ')
    return { alternateScreen: alternate === '1', cursorVisible: cursorFlag === '1', wraps: wrap === '1', cursor }
  }

  /** The terminal's device, to which others may write too. */
  async device(): Promise<string> {
    return (await this.#tmux('display-message', '-p', '#{pane_tty}')).trim()
  }

  /** Waits until the screen matches, and returns it. */
  async shows(pattern: RegExp, deadlineMs = DEADLINE_MS): Promise<string> {
    return this.until((screen) => pattern.test(screen), `the screen matches ${pattern}`, deadlineMs)
  }

  async until(condition: (screen: string) => boolean, what: string, deadlineMs = DEADLINE_MS): Promise<string> {
    let screen = ''
    try {
      await waitFor(async () => condition(screen = await this.screen()), deadlineMs, what)
    } catch (error) {
      throw new Error(`${(error as Error).message}; it shows:\n${screen}`)
    }
    return screen
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.#socket, ...args])
    return stdout
  }
}
