import type { CommandSpec, OptionSpec } from '../command.ts'
import type { ColumnSet } from './columns.ts'
import { indented, shellWord } from './quote.ts'
import { argumentValues, completeOptions, valuesOf, type Values } from './values.ts'

/** A script for zsh: to be sourced below compinit, or put into a folder of $fpath as `_smem-ts`. */
export function zshCompletion(commands: readonly CommandSpec[], columns: readonly ColumnSet[]): string {
  const named = commands.filter(({ name }) => name !== '')
  return `#compdef smem-ts
# zsh completion for smem-ts, as 'smem-ts completion zsh' prints it.

# Whether a word of the line matches.
_smem-ts_uses() {
  local word
  for word in "\${(@)words[2,-1]}"; do
    [[ $word =~ $1 ]] && return
  done
  return 1
}

# Those of the view that is asked for, as name:description.
_smem-ts_set_columns() {
${indented(columns.flatMap(columnCase), 2).join('\n')}
}

_smem-ts_column() {
  local -a columns
  _smem-ts_set_columns
  _describe -t columns column columns
}

_smem-ts_columns() {
  compset -P '*,'
  local -a columns
  _smem-ts_set_columns
  _describe -t columns column columns -qS ,
}

_smem-ts_pid() {
  local dir name
  local -a pids
  for dir in /proc/<->(N); do
    name=
    { name=$(<$dir/comm) } 2>/dev/null
    pids+=("\${dir:t}:\${name//[^[:print:]]/?}")
  done
  _describe -t processes process pids "$@"
}

_smem-ts_pids() {
  compset -P '*,'
  _smem-ts_pid -qS ,
}

_smem-ts() {
  local curcontext=$curcontext state line command=
  typeset -A opt_args
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    local -a commands=(
${indented(named.map(({ name, summary }) => shellWord(`${name}:${summary}`)), 6).join('\n')}
    )
    _describe -t commands command commands
    return
  fi
  if (( CURRENT > 2 )) && [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${indented(commands.flatMap(commandCase), 4).join('\n')}
  esac
}

# From $fpath this file is the function's body; sourced, it defines it.
if [[ $funcstack[1] == _smem-ts ]]; then
  _smem-ts "$@"
else
  compdef _smem-ts smem-ts
fi
`
}

function columnCase({ pattern, columns }: ColumnSet): string[] {
  const set = ['columns=(', ...indented(columns.map(({ name, description }) => shellWord(`${name}:${description}`)), 2), ')']
  return pattern === '' ? set : [`if _smem-ts_uses ${shellWord(pattern)}; then`, ...indented([...set, 'return'], 2), 'fi']
}

function commandCase(spec: CommandSpec): string[] {
  const values = argumentValues(spec)
  const lines = [
    ...completeOptions(spec).map(optionSpec),
    ...(values === undefined ? [] : [shellWord(`*:${escapeColons(spec.arguments ?? '')}:${action(values)}`)]),
  ]
  return [
    `${shellWord(spec.name)})`,
    '  _arguments -s -S \\',
    ...indented(lines.map((line, index) => (index === lines.length - 1 ? `${line} ;;` : `${line} \\`)), 4),
  ]
}

/** One option as _arguments wants it: excluded names, names, [what it does], :value:how to complete it. */
function optionSpec(option: OptionSpec): string {
  const { name, short, value, summary } = option
  const values = valuesOf(option)
  const text = `[${summary.replaceAll(/[\\[\]:]/g, '\\$&')}]${
    values === undefined ? '' : `:${escapeColons(value ?? '')}:${action(values)}`}`
  const [shortEnd, longEnd] = values === undefined ? ['', ''] : ['+', '=']
  if (short === undefined) return shellWord(`--${name}${longEnd}${text}`)
  return `'(-${short} --${name})'{-${short}${shortEnd},--${name}${longEnd}}${shellWord(text)}`
}

function action(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `(${values.words.join(' ')})`
    case 'column':
      return '_smem-ts_column'
    case 'columns':
      return '_smem-ts_columns'
    case 'pid':
      return '_smem-ts_pid'
    case 'pids':
      return '_smem-ts_pids'
    case 'user':
      return '_users'
    case 'file':
      return '_files'
    case 'unknown':
      // A blank shows what is wanted, and offers nothing.
      return ' '
  }
}

function escapeColons(text: string): string {
  return text.replaceAll(':', '\\:')
}
