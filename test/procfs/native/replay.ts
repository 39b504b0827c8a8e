/** The sanitized replay program as a child: bytes in, what the C++ parser makes of them out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { buildProgram, REPLAY } from './build.ts'

const ANSWER_TIMEOUT_MS = 1000 * 30
/** Stands where a length does and asks for the answers so far. */
const FLUSH = 0xffffffff

/** The two lines that smaps_target.h describes. */
export interface Answer {
  readonly smaps: string
  readonly rollup: string
}

/** The program ended before it had answered everything: it found a violation, or a sanitizer did. */
export class ReplayEnded extends Error {
  /** So many inputs of the batch at least were in order; the one at fault comes later, as output is buffered. */
  readonly answered: number

  constructor(answered: number, stderr: string) {
    super(`the replay program ended: ${stderr.slice(0, 4000) || 'without a message'}`)
    this.answered = answered
  }
}

/** One run of the program, from start to end. */
class Run {
  readonly stdin: Writable
  readonly closed: Promise<unknown>
  stderr = ''
  output = ''
  onOutput: () => void = () => undefined

  constructor(program: string, args: readonly string[]) {
    const child = spawn(program, args, { stdio: 'pipe' })
    this.stdin = child.stdin
    this.closed = once(child, 'close')
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.stderr += text })
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.output += text
      this.onOutput()
    })
    // A program that aborts closes its end of the pipe; exchange() says why.
    child.stdin.on('error', () => undefined)
  }

  /** Without a last one that is not complete. */
  lines(): string[] {
    return this.output.split('\n').slice(0, -1)
  }
}

export class Replay {
  readonly #start: () => Run
  #run: Run | undefined

  private constructor(start: () => Run) {
    this.#start = start
  }

  /** `rows`: the answers hold every mapping rather than a hash of them. */
  static async start(options: { rows: boolean }): Promise<Replay> {
    const program = await buildProgram(REPLAY)
    return new Replay(() => new Run(program, options.rows ? ['rows'] : []))
  }

  /**
   * One answer for each input, in turn. One exchange at a time; after one that failed the next has a new run.
   * @throws {ReplayEnded}
   */
  async exchange(inputs: readonly Uint8Array[]): Promise<Answer[]> {
    const run = this.#run ?? this.#start()
    this.#run = undefined
    run.output = ''
    const wanted = inputs.length * 2
    const complete = new Promise<void>((resolve) => {
      run.onOutput = () => { if (run.lines().length === wanted) resolve() }
    })
    run.stdin.write(Buffer.concat([...inputs.flatMap((input) => [word(input.length), input]), word(FLUSH)]))
    await deadline(Promise.race([complete, run.closed]), 'the replay program did not answer')
    const lines = run.lines()
    if (lines.length < wanted) throw new ReplayEnded(Math.floor(lines.length / 2), run.stderr)
    this.#run = run
    return inputs.map((_, i) => ({ smaps: lines[i * 2] ?? '', rollup: lines[i * 2 + 1] ?? '' }))
  }

  async ask(input: Uint8Array): Promise<Answer> {
    const [answer] = await this.exchange([input])
    if (answer === undefined) throw new Error('one input has one answer')
    return answer
  }

  async close(): Promise<void> {
    if (this.#run === undefined) return
    this.#run.stdin.end()
    await deadline(this.#run.closed, 'the replay program did not end after its last input')
  }
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

async function deadline<T>(promise: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => { reject(new Error(`${message} within ${ANSWER_TIMEOUT_MS} ms`)) }, ANSWER_TIMEOUT_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
