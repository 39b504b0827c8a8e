import { parseArgs } from 'node:util'
import { nearest } from '../nearest.ts'
import { UsageError, type CommandSpec, type OptionSpec } from './command.ts'

export interface Parsed {
  readonly values: Record<string, string | true | undefined>
  readonly positionals: string[]
}

/** The arguments of one command. The last one of repeated options wins. @throws {UsageError} */
export function parseCommandLine(spec: CommandSpec, args: readonly string[]): Parsed {
  const options = Object.fromEntries(spec.options.map(({ name, short, value }) => [
    name,
    { type: value === undefined ? 'boolean' as const : 'string' as const, ...(short === undefined ? {} : { short }) },
  ]))
  const { tokens } = parseArgs({ args: withFullNames(spec, args), options, strict: false, allowPositionals: true, tokens: true })
  const parsed: Parsed = { values: {}, positionals: [] }
  for (const token of tokens) {
    if (token.kind === 'positional') parsed.positionals.push(token.value)
    if (token.kind === 'option') takeOption(spec, parsed, token.name, token.rawName, token.value)
  }
  const [min, max] = spec.argumentCount ?? [0, 0]
  if (parsed.positionals.length < min) throw new UsageError(`${label(spec)} needs ${spec.arguments ?? 'an argument'}`)
  if (parsed.positionals.length > max) throw unexpected(spec, parsed.positionals[max] ?? '')
  return parsed
}

function takeOption(spec: CommandSpec, parsed: Parsed, name: string, rawName: string, value: string | undefined): void {
  const option = spec.options.find((candidate) => candidate.name === name)
  if (option === undefined) throw unknownOption(spec, rawName)
  if (option.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`)
    parsed.values[name] = true
    return
  }
  if (value === undefined) throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}`)
  checkChoice(option, rawName, value)
  parsed.values[name] = value
}

function checkChoice(option: OptionSpec, rawName: string, value: string): void {
  if (option.choices === undefined || option.choices.includes(value)) return
  const near = nearest(value, option.choices)
  const hint = near === undefined ? `one of ${option.choices.join(', ')}` : `did you mean '${near}'?`
  throw new UsageError(`${rawName}: no '${value}'; ${hint}`)
}

/** Long options may be cut as long as they are unambiguous, as smem's may. */
function withFullNames(spec: CommandSpec, args: readonly string[]): string[] {
  const end = args.indexOf('--')
  return args.map((arg, index) => {
    const cut = /^--([^=]+)(.*)$/s.exec(arg)
    if (cut?.[1] === undefined || (end >= 0 && index > end)) return arg
    const names = spec.options.map(({ name }) => name)
    if (names.includes(cut[1])) return arg
    const matches = names.filter((name) => name.startsWith(cut[1] ?? ''))
    if (matches.length > 1) throw new UsageError(`--${cut[1]} is ambiguous: ${matches.map((name) => `--${name}`).join(', ')}`)
    return matches.length === 1 ? `--${matches[0]}${cut[2] ?? ''}` : arg
  })
}

function unknownOption(spec: CommandSpec, rawName: string): UsageError {
  const near = rawName.startsWith('--') ? nearest(rawName.slice(2), spec.options.map(({ name }) => name)) : undefined
  const hint = near === undefined ? `see ${label(spec)} --help` : `did you mean --${near}?`
  return new UsageError(`unknown option ${rawName}; ${hint}`)
}

function unexpected(spec: CommandSpec, argument: string): UsageError {
  return new UsageError(`unexpected argument '${argument}'; see ${label(spec)} --help`)
}

function label(spec: CommandSpec): string {
  return spec.name === '' ? 'smem-ts' : `smem-ts ${spec.name}`
}
