import { toBytes, toMilliseconds } from '../options.ts'
import type { ProcessInfo } from '../processes/index.ts'
import { stringOf, UsageError, type Invocation } from './command.ts'

/** Bytes; undefined when the option is not given. @throws {UsageError} */
export function sizeOption(invocation: Invocation, name: string): number | undefined {
  return optional(invocation, name, (text) => toBytes(/^\d+$/.test(text) ? Number(text) : text, name))
}

/** Milliseconds; undefined when the option is not given. @throws {UsageError} */
export function durationOption(invocation: Invocation, name: string): number | undefined {
  return optional(invocation, name, (text) => toMilliseconds(text, name))
}

/** @throws {UsageError} */
export function regexOption(invocation: Invocation, name: string): RegExp | undefined {
  return optional(invocation, name, (text) => new RegExp(text, 'u'))
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
