import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { within } from '../support/wait_for.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SCRIPT = fileURLToPath(new URL('support/run_top.ts', import.meta.url))
const DEADLINE_MS = 1000 * 40

interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs it without a terminal; closes the pipe once `enough` of the text is there. */
async function top(args: readonly string[], enough: (text: string) => boolean = () => false): Promise<Result> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece
    if (enough(stdout)) child.stdout.destroy()
  })
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
  const ended = new Promise<Result>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
  try {
    return await within(ended, DEADLINE_MS, `smem-ts top ${args.join(' ')} ends`)
  } finally {
    child.kill('SIGKILL')
  }
}

describe('top without a terminal', () => {
  // A name that nobody else on this machine has.
  const name = `top-victim-${randomUUID()}`
  let victim: ChildProcess

  before(async () => {
    victim = spawn('sleep', ['1000'], { argv0: name, stdio: 'ignore' })
    await within(once(victim, 'spawn'), DEADLINE_MS, 'a process to look for starts')
  })

  after(() => {
    victim.kill('SIGKILL')
  })

  it('prints one table after the other, with an empty line between them and no escape sequences', async () => {
    const { code, stdout, stderr } = await top(['--count', '3', '--interval', '100ms', '--budget', '100%', '--filter', name])
    assert.deepEqual([code, stderr], [0, ''])
    const tables = stdout.split('\n\n')
    assert.equal(tables.length, 3)
    for (const table of tables) assert.match(table, new RegExp(`^smem-ts top [^]*^ {4}PID User [^]*${name}`, 'm'))
    assert.doesNotMatch(stdout, /[^\x20-\x7e\n]/)
  })

  it('shows figures as soon as the budget has allowed a reading', async () => {
    // Six columns with PSS, USS, RSS and Swap at the end: none of them unknown.
    const read = new RegExp(`^ *${victim.pid ?? ''} \\S+ +[\\d.]+[KMG]? +[\\d.]+[KMG]? +[\\d.]+[KMG]? .*${name}`, 'm')
    const { stdout } = await top(['--interval', '100ms', '--budget', '100%', '--filter', name], (text) => read.test(text))
    assert.match(stdout, read)
  })

  it('does not take itself for a process that the filter means', async () => {
    const { code, stdout } = await top(['--count', '1', '--filter', 'run_top.*no-other-has-this'])
    assert.equal(code, 0)
    assert.doesNotMatch(stdout, /run_top\.ts/)
  })

  it('ends quietly when its reader has gone', async () => {
    const { code, stderr } = await top(['--interval', '100ms', '--budget', '100%'], (text) => text.split('\n').length > 3)
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('does not read what is above --max-rss', async () => {
    const { stdout } = await top(['--count', '1', '--max-rss', '1', '--filter', name])
    assert.match(stdout, new RegExp(` large .*${name}`))
    assert.match(stdout, /unread \([^)]*\d+ ERR_OVER_MAX_RSS/)
  })

  it('sorts by its argument', async () => {
    const { stdout } = await top(['rss', '--count', '1'])
    assert.match(stdout, /by rss, largest first/)
  })

  for (const [args, message] of [
    [['ps'], "cannot sort by 'ps'; did you mean 'pss'?"],
    [['--sort', 'us'], "--sort: no 'us'; did you mean 'uss'?"],
    [['rss', '--sort', 'pss'], 'SORT and --sort exclude each other'],
    [['--filter', '('], '--filter: Invalid regular expression'],
    [['--interval', 'soon'], "--interval: must be a time with its unit, such as 50ms or 30s, got 'soon'"],
    [['--interval', '1ms'], '--interval: at least 100ms'],
    [['--budget', '200%'], "--budget must be a part of one core such as '1%', up to '100%', got '200%'"],
    [['--count', '0'], "--count must be a whole number from 1, got '0'"],
    [['--max-rss', 'big'], "--max-rss: must be a size such as 512MB, or a number of bytes, got 'big'"],
  ] as const) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await top(args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.ok(stderr.includes(message), stderr)
    })
  }
})
