/** Where a command writes. */
export interface Output {
  /** To standard output; resolves when it is written. Rejects with `ClosedPipe`, or with the system's error. */
  write(content: string | Uint8Array): Promise<void>
  /** One line to standard error, after the command's name. Never throws. */
  note(line: string): void
  readonly isTerminal: boolean
  /** Colours are wanted: a terminal, and no NO_COLOR. */
  readonly colour: boolean
  /** Characters a line; 80 where it is not known. */
  readonly columns: number
  readonly rows: number
}

/** Whoever read our output has gone: the command ends quietly. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe'
}

export function processOutput(env: Readonly<Record<string, string | undefined>>): Output {
  const { stdout, stderr } = process
  // Failures come to write's callback; without a listener the event would end the process.
  stdout.on('error', () => undefined)
  stderr.on('error', () => undefined)
  return {
    write: (content) => new Promise((resolve, reject) => {
      stdout.write(content, (error) => {
        if (!error) resolve()
        else reject((error as NodeJS.ErrnoException).code === 'EPIPE' ? new ClosedPipe() : error)
      })
    }),
    note: (line) => {
      stderr.write(`smem-ts: ${line}\n`)
    },
    get isTerminal() {
      return stdout.isTTY === true
    },
    get colour() {
      return stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
    },
    get columns() {
      return stdout.columns || 80
    },
    get rows() {
      return stdout.rows || 24
    },
  }
}
