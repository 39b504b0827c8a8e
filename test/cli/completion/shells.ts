/** Asks real shells what they complete. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const DEADLINE_MS = 1000 * 40

export function hasShell(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0
}

/** A completion script in a file of its own. */
export class ScriptFile implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'smem-ts-completion-'))
  readonly path: string

  constructor(text: string, name = 'script') {
    this.path = join(this.#folder, name)
    writeFileSync(this.path, text)
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** What the shell's own check says of a script: nothing, if it is right. */
export async function syntaxErrors(shell: string, text: string): Promise<string> {
  using script = new ScriptFile(text)
  const { stdout, stderr } = await run(shell, ['-n', script.path], { timeout: DEADLINE_MS })
  return stdout + stderr
}

/** The candidates for the last one of the words. */
export async function completeInBash(text: string, words: readonly string[]): Promise<string[]> {
  const code = 'script=$1; shift; source "$script"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _smem_ts; printf "%s\\n" "${COMPREPLY[@]}"'
  using script = new ScriptFile(text)
  return linesOf(await shellOutput('bash', ['--norc', '-c', code, 'bash', script.path, ...words]))
}

/** The candidates for the end of the line, each with a tab and its description. */
export async function completeInFish(text: string, line: string): Promise<string[]> {
  using script = new ScriptFile(text)
  return linesOf(await shellOutput('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script.path, line]))
}

/** The candidates for the end of the line, as they come to zsh's editor in a pseudo-terminal when TAB is pressed. */
export async function completeInZsh(text: string, line: string): Promise<string[]> {
  using script = new ScriptFile(text, 'completion.zsh')
  using inner = new ScriptFile(ZSH_INNER, 'inner.zsh')
  using outer = new ScriptFile(ZSH_OUTER, 'outer.zsh')
  using hits = new ScriptFile('', 'hits')
  return linesOf(await shellOutput('zsh', ['-f', outer.path, inner.path, script.path, hits.path, line]))
}

/** Every match that completion hands to the editor goes to a file. */
const ZSH_INNER = `
PROMPT=
autoload -Uz compinit
compinit -u -D
source $SMEM_SCRIPT
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits >> $SMEM_HITS
  builtin compadd "$@"
}
bindkey '^I' complete-word
finish() { print -r -- '# end' >> $SMEM_HITS }
zle -N finish
bindkey '^X' finish
print -r -- '# ready' >> $SMEM_HITS
`

/** A pseudo-terminal in which a line is typed, TAB pressed, and the end told. */
const ZSH_OUTER = `
zmodload zsh/zpty zsh/zselect zsh/datetime
export SMEM_SCRIPT=$2 SMEM_HITS=$3 TERM=vt100
deadline=$(( EPOCHREALTIME + 30 ))
await() {
  local screen
  until [[ $(<$SMEM_HITS) == *$1* ]]; do
    zpty -rt z screen
    (( EPOCHREALTIME < deadline )) || { print -ru2 -- "no '$1' from zsh within 30 s: $screen"; exit 1 }
    zselect -t 1
  done
}
zpty -b z zsh -f -i
zpty -w z "source $1"
await '# ready'
zpty -wn z "$4"$'\\t'$'\\C-x'
await '# end'
zpty -d z
print -r -- "$(<$SMEM_HITS)"
`

async function shellOutput(shell: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(shell, args, { timeout: DEADLINE_MS, env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  if (stderr !== '') throw new Error(`${shell} complained: ${stderr}`)
  return stdout
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('# '))
}
