import type { CommandSpec, OptionSpec } from '../command.ts'
import type { ColumnSet } from './columns.ts'
import { indented, shellWord } from './quote.ts'
import { argumentValues, completeOptions, shortLetters, valuesOf, type Values } from './values.ts'

/** A script for bash 4 or newer, which needs nothing of the bash-completion package. */
export function bashCompletion(commands: readonly CommandSpec[], columns: readonly ColumnSet[]): string {
  const named = commands.filter(({ name }) => name !== '').map(({ name }) => name)
  return `# bash completion for smem-ts, as 'smem-ts completion bash' prints it.

_smem_ts_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Words with commas between them; the finished ones stay.
_smem_ts_list() {
  local head=
  [[ $cur == *,* ]] && head=\${cur%,*},
  mapfile -t COMPREPLY < <(compgen -P "$head" -W "$1" -- "\${cur##*,}")
  compopt -o nospace 2>/dev/null
}

# Whether a word of the line matches.
_smem_ts_uses() {
  local word
  for word in "\${COMP_WORDS[@]:1}"; do
    [[ $word =~ $1 ]] && return
  done
  return 1
}

# Those of the view that is asked for.
_smem_ts_columns() {
${indented(columns.map(columnCase), 2).join('\n')}
}

_smem_ts_pids() {
  local path
  pids=
  for path in /proc/[0-9]*; do
    pids+="\${path##*/} "
  done
}

# Readline's own completion of files knows about quotes and ~.
_smem_ts_files() {
  compopt -o default 2>/dev/null
}

_smem_ts() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev= command= switches= valued= options= columns= pids= i
  COMPREPLY=()
  (( COMP_CWORD > 0 )) && prev=\${COMP_WORDS[COMP_CWORD-1]}
  # '--by=user' comes as three words.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]] && (( COMP_CWORD > 1 )); then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if (( COMP_CWORD > 1 )) && [[ \${COMP_WORDS[1]} != -* ]]; then
    command=\${COMP_WORDS[1]}
  elif (( COMP_CWORD == 1 )) && [[ $cur != -* ]]; then
    _smem_ts_words ${shellWord(named.join(' '))}
    return
  fi
  case $command in
${indented(commands.flatMap(lettersCase), 4).join('\n')}
  esac
  # In '-rkc' the last letter wants the value.
  if [[ -n $valued && $prev =~ ^-[$switches]*([$valued])$ ]]; then
    prev=-\${BASH_REMATCH[1]}
  fi
  local end=
  for (( i = 1; i < COMP_CWORD; i++ )); do
    [[ \${COMP_WORDS[i]} == -- ]] && end=yes
  done
  if [[ -z $end ]]; then
    case "$command $prev" in
${indented(commands.flatMap(valueCases), 6).join('\n')}
    esac
    if [[ $cur == -* ]]; then
      _smem_ts_words "$options"
      return
    fi
  fi
  case $command in
${indented(commands.flatMap(argumentCase), 4).join('\n')}
  esac
}

complete -F _smem_ts smem-ts
`
}

function columnCase({ pattern, columns }: ColumnSet): string {
  const words = shellWord(columns.map(({ name }) => name).join(' '))
  const choice = `columns=${words}`
  return pattern === '' ? choice : `if _smem_ts_uses ${shellWord(pattern)}; then ${choice}; return; fi`
}

function lettersCase(spec: CommandSpec): string[] {
  const options = completeOptions(spec)
  const { switches, valued } = shortLetters(options)
  const words = options.flatMap(({ name, short }) => short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`])
  return [
    `${shellWord(spec.name)})`,
    `  switches=${shellWord(switches)} valued=${shellWord(valued)}`,
    `  options=${shellWord(words.join(' '))} ;;`,
  ]
}

/** What to offer behind each option that takes a value. */
function valueCases(spec: CommandSpec): string[] {
  return spec.options.flatMap((option) => {
    const values = valuesOf(option)
    if (values === undefined) return []
    const patterns = namesOf(option).map((name) => shellWord(`${spec.name} ${name}`)).join('|')
    return [`${patterns}) ${offer(values)}return ;;`]
  })
}

function namesOf({ name, short }: OptionSpec): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
}

function argumentCase(spec: CommandSpec): string[] {
  const values = argumentValues(spec)
  return values === undefined ? [] : [`${shellWord(spec.name)}) ${offer(values)};;`]
}

/** Commands, each with the semicolon behind it. */
function offer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `_smem_ts_words ${shellWord(values.words.join(' '))}; `
    case 'column':
      return '_smem_ts_columns; _smem_ts_words "$columns"; '
    case 'columns':
      return '_smem_ts_columns; _smem_ts_list "$columns"; '
    case 'pid':
      return '_smem_ts_pids; _smem_ts_words "$pids"; '
    case 'pids':
      return '_smem_ts_pids; _smem_ts_list "$pids"; '
    case 'user':
      return 'mapfile -t COMPREPLY < <(compgen -u -- "$cur"); '
    case 'file':
      return '_smem_ts_files; '
    case 'unknown':
      return ''
  }
}
