import { show, toBytes, toMilliseconds } from '../options.ts'
import type { ProcessInfo } from '../processes/index.ts'
import { stringOf, UsageError, type Invocation } from './command.ts'

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

/** A pattern as smem's users write it: Python's inline flags at the start become JavaScript's. @throws {UsageError} */
export function regexOption(invocation: Invocation, name: string): RegExp | undefined {
  return optional(invocation, name, (text) => {
    const inline = /^\(\?([aimsux]+)\)/.exec(text)
    const flags = [...new Set((inline?.[1] ?? '').replaceAll(/[aux]/g, ''))].join('')
    const pattern = text.slice(inline?.[0].length ?? 0).replaceAll('(?P<', '(?<')
    try {
      return new RegExp(pattern, `u${flags}`)
    } catch {
      // The u flag refuses escapes such as \- that Python allows.
      return new RegExp(pattern, flags)
    }
  })
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
export function processFilter(invocation: Invocation): ((process: ProcessInfo) => boolean) | undefined {
  const pids = pidsOption(invocation)
  const expression = regexOption(invocation, 'match')
  if (pids === undefined && expression === undefined) return undefined
  return ({ pid, comm, commandLine = [] }) => {
    if (pids?.has(pid) === false) return false
    return expression === undefined || (pid !== process.pid && (expression.test(comm) || expression.test(commandLine.join(' '))))
  }
}

/** @throws {UsageError} */
export function pidsOption(invocation: Invocation): ReadonlySet<number> | undefined {
  return optional(invocation, 'pid', (text) => new Set(text.split(/[\s,]+/).filter((word) => word !== '').map((word) => {
    if (/^[1-9]\d{0,6}$/.test(word)) return Number(word)
    throw new TypeError(`'${word}' is no process id`)
  })))
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
