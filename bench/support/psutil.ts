import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'

// One loop for each line that comes in; its seconds go out.
const LOOP = `
import psutil, sys, time
for _ in sys.stdin:
    start = time.perf_counter()
    rows = [p.info for p in psutil.process_iter(['pid', 'cmdline', 'username', 'memory_full_info'])]
    print(time.perf_counter() - start, len(rows), flush=True)
`

// A distribution's Python has the distribution's psutil; another one that comes first on the path need not.
const PYTHONS = ['/usr/bin/python3', 'python3']

/** psutil's usual loop over all processes, in a Python that is already warm. */
export class PsutilLoop implements Disposable {
  readonly #child
  readonly #lines

  /** undefined when no Python here has psutil. */
  static start(): PsutilLoop | undefined {
    const python = PYTHONS.find(hasPsutil)
    return python === undefined ? undefined : new PsutilLoop(python)
  }

  private constructor(python: string) {
    // Unbuffered output would slow the other side down.
    const env = { ...process.env }
    delete env['PYTHONUNBUFFERED']
    this.#child = spawn(python, ['-c', LOOP], { stdio: ['pipe', 'pipe', 'inherit'], env })
    this.#lines = createInterface({ input: this.#child.stdout })
  }

  /** Seconds that one loop took, as Python saw it. */
  async run(): Promise<number> {
    const answered = once(this.#lines, 'line') as Promise<[string]>
    this.#child.stdin.write('go\n')
    const [line] = await answered
    return Number(line.split(' ')[0])
  }

  [Symbol.dispose](): void {
    this.#lines.close()
    this.#child.stdin.end() // ends its loop
  }
}

function hasPsutil(python: string): boolean {
  if (python.startsWith('/') && !existsSync(python)) return false
  try {
    execFileSync(python, ['-c', 'import psutil'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
