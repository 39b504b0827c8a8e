import assert from 'node:assert/strict'
import { writeFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bashCompletion } from '../../../src/cli/completion/bash.ts'
import { listColumns } from '../../../src/cli/completion/columns.ts'
import { fishCompletion } from '../../../src/cli/completion/fish.ts'
import { completeOptions } from '../../../src/cli/completion/values.ts'
import { zshCompletion } from '../../../src/cli/completion/zsh.ts'
import type { CommandSpec } from '../../../src/cli/command.ts'
import { completionSpec } from '../../../src/cli/specs/completion.ts'
import { COMMANDS } from '../../../src/cli/specs/index.ts'
import { skip } from '../../support/skip.ts'
import { hasTmux, Pane } from '../support/tmux.ts'
import { completeInBash, completeInFish, completeInZsh, hasShell, ScriptFile, syntaxErrors } from './shells.ts'

const columns = listColumns(COMMANDS)
const scripts = {
  bash: bashCompletion(COMMANDS, columns),
  zsh: zshCompletion(COMMANDS, columns),
  fish: fishCompletion(COMMANDS, columns),
}
const names = COMMANDS.map(({ name }) => name).filter((name) => name !== '')

/** Each shell's answer to a line, as bare words in alphabetical order; what stands before a comma left out. */
const ask: Readonly<Record<keyof typeof scripts, (line: string) => Promise<string[]>>> = {
  bash: async (line) => bare(await completeInBash(scripts.bash, line.split(' '))),
  zsh: async (line) => bare(await completeInZsh(scripts.zsh, line)),
  fish: async (line) => bare(await completeInFish(scripts.fish, line)),
}

function bare(candidates: readonly string[]): string[] {
  return candidates.map((text) => text.replace(/\t.*/s, '').replace(/^--[^=]*=/, '').replace(/^.*,/, '')).sort()
}

/** The columns of the view that some options ask for: 0 the mappings, 2 the system, 5 the processes. */
function columnNames(view: number, start = ''): string[] {
  return (columns[view]?.columns ?? []).map(({ name }) => name).filter((name) => name.startsWith(start)).sort()
}

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  describe(`completion in ${shell}`, function () {
    this.timeout(1000 * 60)

    before(function () {
      if (!hasShell(shell)) skip(this, `${shell} is not installed`)
    })

    it('is a script that the shell accepts', async () => {
      assert.equal(await syntaxErrors(shell, scripts[shell]), '')
    })

    it('stays one with any text in its descriptions', async () => {
      const odd = 'it\'s "odd": [a] $(b) `c` \\ {d} ~ * ; & | > % ]'
      const specs: CommandSpec[] = COMMANDS.map((spec) => (
        { ...spec, summary: odd, options: spec.options.map((option) => ({ ...option, summary: odd })) }))
      const generate = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }[shell]
      const text = generate(specs, columns.map((set) => (
        { ...set, columns: set.columns.map(({ name }) => ({ name, description: odd })) })))
      assert.equal(await syntaxErrors(shell, text), '')
      const complete = {
        bash: () => completeInBash(text, ['smem-ts', '--by', 'us']),
        zsh: () => completeInZsh(text, 'smem-ts --by us'),
        fish: () => completeInFish(text, 'smem-ts --by us'),
      }[shell]
      assert.deepEqual(bare(await complete()), ['user'])
    })

    it('offers the commands first', async () => {
      assert.deepEqual(await ask[shell]('smem-ts '), [...names].sort())
      assert.deepEqual(await ask[shell]('smem-ts di'), ['diff'])
    })

    it('offers every long option of every command', async () => {
      for (const spec of COMMANDS) {
        const line = spec.name === '' ? 'smem-ts --' : `smem-ts ${spec.name} --`
        const offered = await ask[shell](line)
        const wanted = completeOptions(spec).map(({ name }) => `--${name}`)
        assert.deepEqual(offered.filter((word) => word.startsWith('--')), wanted.sort(), line)
      }
    })

    it('has every short option', () => {
      for (const { short = '' } of COMMANDS.flatMap(({ options }) => options)) {
        assert.match(scripts[shell], new RegExp(`(?:-s |-)${short}[ ,)+']`))
      }
    })

    it('offers what an option takes when that is little', async () => {
      const groupings = ['cgroup', 'container', 'mapping', 'program', 'tree', 'unit', 'user']
      assert.deepEqual(await ask[shell]('smem-ts --by '), groupings)
      assert.deepEqual(await ask[shell](shell === 'bash' ? 'smem-ts --by = us' : 'smem-ts --by=us'), ['user'])
      assert.deepEqual(await ask[shell]('smem-ts diff --by '), ['mapping', 'process', 'program'])
    })

    it('offers nothing where nobody knows the value', async () => {
      assert.deepEqual(await ask[shell]('smem-ts --max-rss '), [])
    })

    it('offers columns, one after the other', async () => {
      assert.deepEqual(await ask[shell]('smem-ts -c '), columnNames(5))
      assert.deepEqual(await ask[shell]('smem-ts -c pid,us'), columnNames(5, 'us'))
      assert.deepEqual(await ask[shell]('smem-ts -s us'), columnNames(5, 'us'))
    })

    it('offers the columns of the view', async () => {
      assert.deepEqual(await ask[shell]('smem-ts -m -c '), columnNames(0))
      assert.deepEqual(await ask[shell]('smem-ts -kw --sort '), columnNames(2))
      assert.deepEqual(await ask[shell]('smem-ts --by user -c '), columnNames(3))
      assert.deepEqual(await ask[shell]('smem-ts -kH -c '), columnNames(5))
    })

    it('offers the value of the last letter of a group', async () => {
      assert.deepEqual(await ask[shell]('smem-ts -rks us'), columnNames(5, 'us'))
    })

    it('offers what a command takes', async () => {
      assert.deepEqual(await ask[shell]('smem-ts completion '), ['bash', 'fish', 'zsh'])
      const sorts = COMMANDS.find(({ name }) => name === 'top')?.options.find(({ name }) => name === 'sort')?.choices ?? []
      assert.deepEqual(await ask[shell]('smem-ts top '), [...sorts].sort())
    })

    it('offers users', async () => {
      assert.ok((await ask[shell]('smem-ts -U ro')).includes('root'))
    })

    it('offers pids', async () => {
      assert.ok((await ask[shell](`smem-ts capture --pid 1,${process.pid}`)).includes(String(process.pid)))
      const maps = COMMANDS.find(({ name }) => name === 'maps')
      if (maps !== undefined) assert.ok((await ask[shell](`smem-ts maps ${process.pid}`)).includes(String(process.pid)))
    })

    if (shell !== 'bash') {
      it('offers files', async () => {
        using folder = new ScriptFile('', 'some-capture.tar')
        const start = folder.path.slice(0, -'capture.tar'.length)
        for (const line of [`smem-ts -S ${start}`, `smem-ts report ${start}`, `smem-ts report -o ${start}`]) {
          assert.deepEqual((await ask[shell](line)).map((path) => path.replace(/.*\//, '')), ['some-capture.tar'], line)
        }
      })
    }
  })
}

describe('completion in bash with readline', function () {
  this.timeout(1000 * 60)

  it('completes files and choices when TAB is pressed', async function () {
    if (!hasTmux()) skip(this, 'tmux is not installed')
    using script = new ScriptFile(scripts.bash)
    const folder = join(dirname(script.path), 'a folder')
    mkdirSync(folder)
    writeFileSync(join(folder, 'some-capture.tar'), '')
    const pane = await Pane.open(100, 20)
    try {
      await pane.type('exec bash --norc\n')
      await pane.shows(/bash-[\d.]+[$#]/)
      await pane.type(`PS1='> '; cd '${dirname(script.path)}'; source ./script; clear\n`)
      await pane.shows(/^>\s*$/)
      await pane.type('smem-ts -S a\t')
      await pane.shows(/smem-ts -S a\\ folder\//)
      await pane.type('so\t')
      await pane.shows(/a\\ folder\/some-capture\.tar/)
      await pane.type(' --by=cont\t')
      await pane.shows(/--by=container/)
    } finally {
      await pane.close()
    }
  })
})

describe('smem-ts completion', () => {
  it('prints the script of each shell', async () => {
    const run = await completionSpec.load()
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      let text = ''
      const output = {
        write: (piece: string) => {
          text += piece
          return Promise.resolve()
        },
        note: () => undefined, isTerminal: false, colour: false, columns: 80, rows: 24,
      }
      assert.equal(await run({ values: {}, positionals: [shell], output, env: {} }), 0)
      assert.equal(text, scripts[shell])
    }
  })
})
