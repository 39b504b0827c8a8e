import { show, toBytes, toMilliseconds } from '../options.ts'
import type { ProcessInfo, SelectProcesses } from '../processes/index.ts'
import { stringOf, UsageError, type Invocation } from './command.ts'
import { TextFilter } from './text_filter.ts'

/** Bytes; undefined when the option is not given. @throws {UsageError} */
export function sizeOption(invocation: Invocation, name: string): number | undefined {
  return optional(invocation, name, (text) => (
    orExplain(() => toBytes(text, name), 'a size such as 512MB, or a number of bytes', text)))
}

/** Milliseconds; undefined when the option is not given. @throws {UsageError} */
export function durationOption(invocation: Invocation, name: string): number | undefined {
  return optional(invocation, name, (text) => (
    orExplain(() => toMilliseconds(text, name), 'a time with its unit, such as 50ms or 30s', text)))
}

/** The library's own errors speak of its options, which have other names and take numbers too. */
function orExplain<T>(parse: () => T, wanted: string, text: string): T {
  try {
    return parse()
  } catch {
    throw new TypeError(`must be ${wanted}, got ${show(text)}`)
  }
}

/** The filter that an option's regular expression makes. @throws {UsageError} */
export function textFilterOption(invocation: Invocation, name: string): TextFilter | undefined {
  const note = (line: string): void => invocation.output.note(line)
  return optional(invocation, name, (text) => new TextFilter(toRegExp(text), { name: `--${name}`, note }))
}

/** The regular expression of an option. @throws {UsageError} */
export function regexOption(invocation: Invocation, name: string): RegExp | undefined {
  return optional(invocation, name, toRegExp)
}

/** A pattern as smem's users write it: Python's inline flags at the start become JavaScript's. @throws {SyntaxError} */
export function toRegExp(text: string): RegExp {
  const inline = /^\(\?([aimsux]+)\)/.exec(text)
  const flags = [...new Set((inline?.[1] ?? '').replaceAll(/[aux]/g, ''))].join('')
  const pattern = text.slice(inline?.[0].length ?? 0).replaceAll('(?P<', '(?<')
  try {
    return new RegExp(pattern, `u${flags}`)
  } catch {
    // The u flag refuses escapes such as \- that Python allows.
    return new RegExp(pattern, flags)
  }
}

/** The pattern that `toRegExp` makes such an expression of. */
export function patternOf({ source, flags }: RegExp): string {
  const inline = flags.replace('u', '')
  return inline === '' ? source : `(?${inline})${source}`
}

/** A positive whole number. @throws {UsageError} */
export function countOption(invocation: Invocation, name: string): number | undefined {
  return optional(invocation, name, (text) => {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
    throw new TypeError(`'${text}' is no positive whole number`)
  })
}

/**
 * Which processes `--pid` and `--match` leave; undefined when neither is given. `--match` never means this command itself,
 * whose arguments hold the expression. @throws {UsageError}
 */
export function processSelector(invocation: Invocation): SelectProcesses | undefined {
  const pids = pidsOption(invocation)
  const filter = textFilterOption(invocation, 'match')
  if (pids === undefined && filter === undefined) return undefined
  return (all) => {
    const wanted = all.filter(({ pid }) => pids?.has(pid) ?? true)
    return filter === undefined ? wanted : matchingProcesses(wanted.filter(({ pid }) => pid !== process.pid), filter)
  }
}

/** Those whose name or command line matches. `hidden` stands for a command line that may not be read. @throws {SlowExpression} */
export function matchingProcesses<T extends ProcessInfo>(processes: readonly T[], filter: TextFilter, hidden = ''): T[] {
  const texts = processes.map(({ comm, commandLine }) => [comm, commandLine?.join(' ') ?? hidden])
  const matching = filter.matching(texts.flat())
  return processes.filter((_process, index) => texts[index]?.some((text) => matching.has(text)))
}

/** `select` as the option of what reads processes one after the other. */
export function oneByOne(select: SelectProcesses | undefined): { filter?: (process: ProcessInfo) => boolean } {
  return select === undefined ? {} : { filter: (process) => select([process]).length > 0 }
}

/** @throws {UsageError} */
export function pidsOption(invocation: Invocation): ReadonlySet<number> | undefined {
  return optional(invocation, 'pid', (text) => {
    const words = text.split(/[\s,]+/).filter((word) => word !== '')
    if (words.length === 0) throw new TypeError(`no process id in '${text}'`)
    return new Set(words.map((word) => {
      if (/^[1-9]\d{0,6}$/.test(word)) return Number(word)
      throw new TypeError(`'${word}' is no process id`)
    }))
  })
}

/** The name of a file as it was given. No file has an empty name: a variable of the shell was not set. @throws {UsageError} */
export function fileName(text: string, what: string): string {
  if (text !== '') return text
  throw new UsageError(`${what} is empty, and must be the name of a file`)
}

function optional<T>(invocation: Invocation, name: string, parse: (text: string) => T): T | undefined {
  const text = stringOf(invocation, name)
  if (text === undefined) return undefined
  try {
    return parse(text)
  } catch (error) {
    throw new UsageError(`--${name}: ${(error as Error).message}`)
  }
}
