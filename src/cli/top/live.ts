import { hasUnicode } from '../../report/charts/index.ts'
import { renderTopScreen, topPageRows, type TopFrame, type TopLook } from '../../report/top/index.ts'
import type { Output } from '../output.ts'
import { SlowExpression } from '../text_filter.ts'
import { Board } from './board.ts'
import type { TopOptions } from './options.ts'
import { cpuMsSince } from './plain.ts'
import { screenUpdate } from './screen.ts'
import { Terminal } from './terminal.ts'
import { clampScroll, press, refuseFilter, type TopAction, type TopView } from './view.ts'

type End = 'quit' | NodeJS.Signals

/** The table on the whole terminal until a key, a signal or `--count` ends it. */
export async function runLive(
  options: TopOptions, output: Output, env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const end = await new LiveTable(options, output, { colour: output.colour, ascii: !hasUnicode(env) }).run()
  if (end !== 'quit') {
    // Its listeners are gone: it now does what it does to any program, and whoever waits for us sees why we ended.
    process.kill(process.pid, end)
    await new Promise((resolve) => setTimeout(resolve, SIGNAL_DEADLINE_MS))
  }
  return 0
}

/** No program outlives these signals; this is for the one that blocked or ignores them from the start. */
const SIGNAL_DEADLINE_MS = 1000

class LiveTable {
  readonly #options: TopOptions
  readonly #output: Output
  readonly #look: TopLook
  readonly #board: Board
  readonly #terminal: Terminal
  readonly #stop = new AbortController()
  #view: TopView
  #end: End | undefined
  #drawn: readonly string[] | undefined
  #failure: { error: unknown } | undefined
  /** CPU time of this round's key presses. */
  #keysMs = 0
  /** Ends the wait for the next round early. */
  #wake: () => void = () => undefined

  constructor(options: TopOptions, output: Output, look: TopLook) {
    this.#options = options
    this.#output = output
    this.#look = look
    this.#view = options.view
    this.#board = new Board(options)
    this.#terminal = new Terminal(process.stdin, process.stdout, options.altScreen, {
      onKey: (key) => this.#press(key),
      onRedraw: () => this.#draw(true),
      onEnd: (signal) => this.#finish(signal),
    })
  }

  async run(): Promise<End> {
    this.#terminal.open()
    try {
      for (let nth = 1; this.#end === undefined; nth++) {
        const startMs = performance.now()
        const cpu = process.cpuUsage()
        this.#keysMs = 0
        await this.#round()
        if (nth >= this.#options.count) return 'quit'
        await this.#untilNextRound(startMs)
        // From round to round: collecting garbage after it is part of the cost; what keys cost is not.
        this.#board.roundCost(cpuMsSince(cpu) - this.#keysMs)
      }
      return this.#end
    } catch (error) {
      if (this.#end !== undefined) return this.#end
      throw error
    } finally {
      this.#terminal.close()
    }
  }

  async #round(): Promise<void> {
    await this.#board.refresh(this.#stop.signal)
    this.#draw(false)
  }

  /** Keys change the interval and pause: it is reckoned anew after each. */
  async #untilNextRound(startMs: number): Promise<void> {
    while (this.#end === undefined) {
      if (this.#failure !== undefined) throw this.#failure.error
      const leftMs = startMs + this.#board.intervalMs(this.#view) - performance.now()
      if (leftMs <= 0 && !this.#view.paused) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#view.paused ? PAUSED_MS : leftMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  #press(key: string): void {
    const cpu = process.cpuUsage()
    this.#pressed(key)
    this.#keysMs += cpuMsSince(cpu)
    this.#wake()
  }

  #pressed(key: string): void {
    const extent = { rowCount: this.#frame().rows.length, pageRows: topPageRows(this.#output.rows) }
    const { view, action } = press(this.#view, key, extent)
    this.#view = view
    this.#act(action)
  }

  #act(action: TopAction): void {
    switch (action) {
      case 'quit':
        return this.#finish('quit')
      case 'interrupt':
        return this.#finish('SIGINT')
      case 'suspend':
        return this.#terminal.suspend()
      case 'redraw':
        return this.#draw(true)
      case 'none':
        return this.#draw(false)
    }
  }

  #draw(fromScratch: boolean): void {
    // A round may end while Ctrl-Z is on its way: all is drawn anew when the terminal has been taken back.
    if (this.#end !== undefined || !this.#terminal.isTaken) return
    const { columns, rows } = this.#output
    const whole = this.#frame()
    this.#view = clampScroll(this.#view, { rowCount: whole.rows.length, pageRows: topPageRows(rows) })
    const lines = renderTopScreen({ ...whole, scroll: this.#view.scroll }, { columns, rows }, this.#look)
    const isSameSize = this.#drawn?.length === lines.length
    const update = screenUpdate(fromScratch || !isSameSize ? undefined : this.#drawn, lines)
    this.#drawn = lines
    if (update === '') return
    this.#output.write(update).catch((error: unknown) => {
      this.#failure = { error }
      this.#wake()
    })
  }

  /** The table goes on without a filter that takes too long, and lets it be written anew. */
  #frame(): TopFrame {
    try {
      return this.#board.frame(this.#view)
    } catch (error) {
      if (!(error instanceof SlowExpression)) throw error
      this.#view = refuseFilter(this.#view, error.message)
      return this.#board.frame(this.#view)
    }
  }

  #finish(end: End): void {
    this.#end ??= end
    this.#stop.abort(new Error('the table was closed'))
    this.#wake()
  }
}

const PAUSED_MS = 1000 * 60 * 60
