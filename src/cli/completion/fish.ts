import type { CommandSpec, OptionSpec } from '../command.ts'
import type { ColumnSet } from './columns.ts'
import { fishWord, indented } from './quote.ts'
import { argumentValues, completeOptions, valuesOf, type Values } from './values.ts'

/** A script for fish 3 or newer, to be put into ~/.config/fish/completions/. */
export function fishCompletion(commands: readonly CommandSpec[], columns: readonly ColumnSet[]): string {
  const named = commands.filter(({ name }) => name !== '')
  return `# fish completion for smem-ts, as 'smem-ts completion fish' prints it.

# Whether the line is of this command; '' is the one that has no name.
function __smem_ts_command
    set -l words (commandline -opc)
    set -l command ''
    if set -q words[2]; and not string match -q -- '-*' $words[2]
        set command $words[2]
    end
    test "$command" = "$argv[1]"
end

function __smem_ts_first
    test (count (commandline -opc)) -eq 1
end

# Whether a word of the line matches.
function __smem_ts_uses
    set -l words (commandline -opc)
    string match -qr -- $argv[1] $words[2..-1]
end

# Those of the view that is asked for.
function __smem_ts_columns
${indented(columns.flatMap(columnCase), 4).join('\n')}
end

function __smem_ts_pids
    # Not with fish's own redirection: it warns of files that have gone, and nothing silences that.
    env LC_ALL=C grep -Hsm1 '' /proc/*/comm 2>/dev/null | string replace -ra '[^[:print:]]' '?' \\
        | string replace -rf '^/proc/([0-9]+)/comm:' '$1'\\t
end

# Words with commas between them; the finished ones stay.
function __smem_ts_list
    set -l head (string match -r '^.*,' -- (string replace -r '^--[^=]*=' '' -- (commandline -ct)))
    for line in ($argv[1])
        printf '%s%s\\n' "$head" $line
    end
end

complete -c smem-ts -f
${named.map(({ name, summary }) => complete('__smem_ts_first', ['-a', name, '-d', fishWord(summary)])).join('\n')}

${commands.map((spec) => commandLines(spec).join('\n')).join('\n\n')}
`
}

function columnCase({ pattern, columns }: ColumnSet): string[] {
  const print = [
    "printf '%s\\t%s\\n' \\",
    ...indented(columns.map(({ name, description }, index) => (
      `${name} ${fishWord(description)}${index === columns.length - 1 ? '' : ' \\'}`)), 4),
  ]
  return pattern === '' ? print : [`if __smem_ts_uses ${fishWord(pattern)}`, ...indented([...print, 'return'], 4), 'end']
}

function commandLines(spec: CommandSpec): string[] {
  const condition = `__smem_ts_command ${fishWord(spec.name)}`
  const values = argumentValues(spec)
  return [
    ...(values === undefined ? [] : [complete(`${condition}; and not __smem_ts_first`, candidates(values))]),
    ...completeOptions(spec).map((option) => complete(condition, optionWords(option))),
  ]
}

function complete(condition: string, words: readonly string[]): string {
  return ['complete -c smem-ts -n', fishWord(condition), ...words].join(' ')
}

function optionWords(option: OptionSpec): string[] {
  const values = valuesOf(option)
  return [
    ...(option.short === undefined ? [] : ['-s', option.short]),
    '-l', option.name,
    ...(values === undefined ? [] : ['-r', ...candidates(values)]),
    '-d', fishWord(option.summary),
  ]
}

function candidates(values: Values): string[] {
  switch (values.kind) {
    case 'words':
      return ['-f', '-a', fishWord(values.words.join(' '))]
    case 'column':
      return ['-f', '-a', "'(__smem_ts_columns)'"]
    case 'columns':
      return ['-f', '-a', "'(__smem_ts_list __smem_ts_columns)'"]
    case 'pid':
      return ['-f', '-a', "'(__smem_ts_pids)'"]
    case 'pids':
      return ['-f', '-a', "'(__smem_ts_list __smem_ts_pids)'"]
    case 'user':
      return ['-f', '-a', "'(__fish_complete_users)'"]
    case 'file':
      return ['-F']
    case 'unknown':
      return ['-f']
  }
}
