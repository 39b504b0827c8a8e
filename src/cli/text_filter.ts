import { Script } from 'node:vm'
import { UsageError } from './command.ts'

/** A user's expression takes too long on some text. */
export class SlowExpression extends UsageError {}

export interface TextFilterOptions {
  /** What errors and notes call the expression: '--match'. */
  readonly name: string
  /** Milliseconds for one list of texts. @default 1000 */
  readonly deadlineMs?: number
  /** Characters of each text that are looked at. @default all, until that takes too long; then 4096 */
  readonly maxLength?: number
  /** Told once when only the beginnings of texts are looked at from then on. */
  readonly note?: (line: string) => void
}

const DEADLINE_MS = 1000

/** More than any screen shows, and what a page of the kernel holds. */
const BEGINNING_LENGTH = 4096

/**
 * A user's regular expression, applied to text of other processes. There are expressions that take years on forty characters, and
 * nothing in this process would happen meanwhile, signals included: so each list of texts has a deadline.
 */
export class TextFilter {
  readonly #expression: RegExp
  readonly #options: TextFilterOptions
  #maxLength: number

  constructor(expression: RegExp, options: TextFilterOptions) {
    this.#expression = expression
    this.#options = options
    this.#maxLength = options.maxLength ?? Infinity
  }

  /** Those of the texts that match. Each call takes a tenth of a millisecond: ask for whole lists. @throws {SlowExpression} */
  matching(texts: Iterable<string>): ReadonlySet<string> {
    const all = new Set(texts)
    if (all.size === 0 || isDirect(this.#expression)) return this.#select(all)
    const first = this.#trySelect(all)
    if (first.matching !== undefined) return first.matching
    const { name, note } = this.#options
    if (first.slowLength > BEGINNING_LENGTH) {
      // Nobody shall keep others from looking at processes by giving one of his own a command line of megabytes.
      this.#maxLength = BEGINNING_LENGTH
      const second = this.#trySelect(all)
      if (second.matching !== undefined) {
        note?.(`${name}: takes too long on long texts; only the first ${BEGINNING_LENGTH} characters of each are looked at`)
        return second.matching
      }
    }
    const length = Math.min(first.slowLength, this.#maxLength)
    throw new SlowExpression(`${name}: the expression takes too long, here on a text of ${length} characters; `
      + 'write it without repetitions inside of repetitions, such as (a+)+')
  }

  /** Without `matching` when the deadline came: then with the length of the text that was being looked at. */
  #trySelect(texts: ReadonlySet<string>): { matching: ReadonlySet<string> | undefined, slowLength: number } {
    let current = ''
    const matching = runWithin(this.#options.deadlineMs ?? DEADLINE_MS, () => this.#select(texts, (text) => {
      current = text
    }))
    return { matching, slowLength: Math.min(current.length, this.#maxLength) }
  }

  #select(texts: ReadonlySet<string>, onNext?: (text: string) => void): ReadonlySet<string> {
    const matching = new Set<string>()
    for (const text of texts) {
      onNext?.(text)
      if (this.#expression.test(text.length > this.#maxLength ? text.slice(0, this.#maxLength) : text)) matching.add(text)
    }
    return matching
  }
}

/** Without repetitions, choices and references there is nothing to try twice. */
function isDirect({ source }: RegExp): boolean {
  return !/[*+?{|]|\\[1-9k]/.test(source)
}

/** Where the script finds what it is to run: it sees nothing but globals. */
const WORK = Symbol.for('smem-ts.work')
let script: Script | undefined

/** What `work` returns; undefined when it was cut short, be it in the midst of a regular expression. */
function runWithin<T extends object>(deadlineMs: number, work: () => T): T | undefined {
  const globals = globalThis as { [WORK]?: () => T }
  script ??= new Script('globalThis[Symbol.for("smem-ts.work")]()')
  globals[WORK] = work
  try {
    return script.runInThisContext({ timeout: deadlineMs }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  } finally {
    Reflect.deleteProperty(globals, WORK)
  }
}
