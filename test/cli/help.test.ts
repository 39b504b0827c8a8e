import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { optionLabel } from '../../src/cli/help.ts'
import { COMMANDS } from '../../src/cli/specs/index.ts'
import { within } from '../support/wait_for.ts'
import { runKept } from './support/in_process.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const WIDTH = 100

interface MainResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function runMain(...args: readonly string[]): Promise<MainResult> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece))
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
  const ended = new Promise<MainResult>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  try {
    return await within(ended, 1000 * 40, `smem-ts ${args.join(' ')} ends`)
  } finally {
    child.kill('SIGKILL')
  }
}

describe('help', () => {
  for (const spec of COMMANDS) {
    const words = spec.name === '' ? [] : [spec.name]

    describe(`of ${['smem-ts', ...words].join(' ')}`, () => {
      it('comes with --help and with -h, whatever else is asked for', async () => {
        const { code, stdout, notes } = await runKept(...words, '--help')
        assert.deepEqual([code, notes], [0, []])
        assert.match(stdout, new RegExp(`^Usage: ${['smem-ts', ...words].join(' ')} `))
        assert.equal((await runKept(...words, '-h')).stdout, stdout)
        assert.equal((await runKept(...words, '--no-such-option', '--help')).stdout, stdout)
      })

      it('names every option with what it does, and every choice', async () => {
        const { stdout } = await runKept(...words, '--help')
        const flat = stdout.replaceAll(/\s+/g, ' ')
        for (const option of spec.options) {
          assert.ok(flat.includes(` ${optionLabel(option).trim()} ${option.summary.replaceAll(/\s+/g, ' ')}`), option.name)
        }
      })

      it('has examples', async () => {
        const { stdout } = await runKept(...words, '--help')
        assert.ok(spec.examples.length > 0)
        for (const [command, effect] of spec.examples) assert.ok(stdout.includes(`  ${command}\n      ${effect}\n`), command)
      })

      it(`has no line longer than ${WIDTH} characters, and no blanks at their ends`, async () => {
        const { stdout } = await runKept(...words, '--help')
        const lines = stdout.split('\n')
        assert.deepEqual(lines.filter((line) => line.length > WIDTH), [])
        assert.deepEqual(lines.filter((line) => line !== line.trimEnd()), [])
      })
    })
  }

  it('lists the commands', async () => {
    const { stdout } = await runKept('--help')
    for (const { name, summary } of COMMANDS) {
      if (name !== '') assert.ok(stdout.replaceAll(/\s+/g, ' ').includes(` ${name} ${summary}`), name)
    }
  })
})

describe('examples in help', () => {
  it('are command lines that the commands take', async () => {
    const { parseCommandLine } = await import('../../src/cli/parse.ts')
    for (const spec of COMMANDS) {
      for (const [example] of spec.examples) {
        for (const part of example.split(/[|()]/).map((text) => text.trim()).filter((text) => text.startsWith('smem-ts'))) {
          const words = [...part.replace(/ >.*/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].slice(1).map(([, a, b, c]) => a ?? b ?? c ?? '')
          const [first = ''] = words
          const named = COMMANDS.find(({ name }) => name !== '' && name === first)
          assert.doesNotThrow(
            () => parseCommandLine(named ?? COMMANDS[0] ?? spec, named === undefined ? words : words.slice(1)), example)
        }
      }
    }
  })
})

describe('a wrong command line', () => {
  const WRONG: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['captrue'], /^no command 'captrue'; did you mean 'capture'\?$/],
    [['xyzzyxyzzy'], /^no command 'xyzzyxyzzy'; the commands are top, /],
    [['--colums', 'pid'], /^unknown option --colums; did you mean --columns\?$/],
    [['--xyzzyxyzzy'], /^unknown option --xyzzyxyzzy; see smem-ts --help$/],
    [['-Z'], /^unknown option -Z; see smem-ts --help$/],
    [['top', '--intreval', '1s'], /^unknown option --intreval; did you mean --interval\?$/],
    [['--by', 'usr'], /^--by: no 'usr'; did you mean 'user'\?$/],
    [['--by'], /^--by needs a value: --by GROUP$/],
    [['--json=yes'], /^--json takes no value$/],
    [['--m'], /^--m is ambiguous: --mappings, --mapfilter, --max-rss$/],
    [['diff'], /^smem-ts diff needs A \[B\]$/],
    [['capture', 'a', 'b'], /^unexpected argument 'b'; see smem-ts capture --help$/],
    [['completion', 'zhs'], /^no completion for 'zhs'; did you mean 'zsh'\?$/],
    [['completion', 'powershell'], /^no completion for 'powershell'; there are bash, zsh, fish$/],
    [['-P', '('], /^--processfilter: /],
    [['--json', '--csv'], /^--json and --csv exclude each other$/],
    [['-R', '16'], /^--realmem needs a unit/],
  ]
  for (const [args, message] of WRONG) {
    it(`is told what is wrong with it: ${args.join(' ')}`, async () => {
      const { code, stdout, notes } = await runKept(...args)
      assert.deepEqual([code, stdout, notes.length], [2, '', 1])
      assert.match(notes[0] ?? '', message)
    })
  }

  it('with an unknown column is one', async () => {
    const { code, notes } = await runKept('-c', 'pid,usss')
    assert.equal(code, 2)
    assert.match(notes.join('\n'), /usss.*uss/)
  })
})

describe('smem-ts', function () {
  this.timeout(1000 * 60)

  it('prints the version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
    assert.deepEqual(await runMain('--version'), { code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('prints help on standard output', async () => {
    const { code, stdout, stderr } = await runMain('diff', '--help')
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(stdout, (await runKept('diff', '--help')).stdout)
  })

  it('exits with 2 when the command line is wrong, and with 1 when something fails', async () => {
    const wrong = await runMain('--colums', 'pid')
    assert.deepEqual(wrong, { code: 2, stdout: '', stderr: 'smem-ts: unknown option --colums; did you mean --columns?\n' })
    const failed = await runMain('-S', '/nonexistent/capture.tar')
    assert.deepEqual([failed.code, failed.stdout], [1, ''])
    assert.match(failed.stderr, /^smem-ts: .*\/nonexistent\/capture\.tar.*\n$/)
  })

  it('lets nothing of a wrong command line act on the terminal', async () => {
    const { code, stderr } = await runMain('--\u001b[31mred')
    assert.equal(code, 2)
    assert.ok(!stderr.includes('\u001b'), JSON.stringify(stderr))
  })
})
