import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../support/wait_for.ts'
import { stateOf } from '../support/programs.ts'
import { skip } from '../support/skip.ts'
import { hasTmux, Pane } from './support/tmux.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SCRIPT = fileURLToPath(new URL('support/run_top.ts', import.meta.url))
const DEADLINE_MS = 1000 * 30
// Rounds often enough to be waited for, on any machine: the budget is not what these tests are about.
const OFTEN = '--interval 300ms --budget 100%'
const TABLE = /smem-ts top \d\d:\d\d:\d\d/
const TAG = randomUUID().slice(0, 8) // Others may run the same tests on this machine.
const HOSTILE = `evil-${TAG}\x1b[31mred\x07\nnext line\u202e`

describe('top in a terminal', function () {
  let directory: string
  let pane: Pane
  let victims: ChildProcess[]

  before(function () {
    if (!hasTmux()) skip(this, 'tmux is not installed')
  })

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'smem-ts-top-'))
    victims = []
    pane = await Pane.open(110, 30)
    await pane.type(`cd ${ROOT}; clear; echo what was before\n`)
    await pane.shows(/^what was before$/m)
  })

  afterEach(async () => {
    await pane.close()
    for (const victim of victims) victim.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })

  /** An idle process with this first argument. */
  function startNamed(title: string): ChildProcess {
    const victim = spawn('sleep', ['1000'], { argv0: title, stdio: 'ignore' })
    victims.push(victim)
    return victim
  }

  /** Starts the command and waits for its table. Afterwards its exit status is printed. */
  async function startTop(options = OFTEN, nodeOptions = ''): Promise<void> {
    await pane.type(`node --import tsx ${nodeOptions} ${SCRIPT} ${options}; echo status=$?\n`)
    await pane.shows(TABLE)
  }

  /** Its pid: of this pane's terminal, for others may run the same tests. */
  async function topPid(): Promise<number> {
    const device = await pane.device()
    const pid = readdirSync('/proc').find((name) => {
      if (!/^\d+$/.test(name)) return false
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(SCRIPT) && ttyOf(name) === device
      } catch {
        return false
      }
    })
    return Number(pid ?? assert.fail('the command does not run'))
  }

  /** The screen is what it was before the command, with what the shell printed after it. */
  async function isRestored(status: RegExp): Promise<void> {
    const screen = await pane.shows(status)
    assert.match(screen, /^what was before$/m)
    assert.doesNotMatch(screen, TABLE)
    const { alternateScreen, cursorVisible, wraps } = await pane.state()
    assert.deepEqual({ alternateScreen, cursorVisible, wraps }, { alternateScreen: false, cursorVisible: true, wraps: true })
  }

  it('fills the screen, and follows its keys', async () => {
    startNamed('a-victim')
    await startTop()
    const first = await pane.shows(/q quit {2}h help/)
    assert.match(first, /^ {4}PID User +PSS +USS +RSS .*Command$/m)
    assert.match(first, /by pss, largest first/)
    const { alternateScreen, cursorVisible } = await pane.state()
    assert.deepEqual([alternateScreen, cursorVisible], [true, false])

    await pane.type('s')
    await pane.shows(/by uss, largest first/)
    await pane.type('<r')
    await pane.shows(/by pss, smallest first/)
    await pane.type('r')
    await pane.type('t')
    await pane.shows(/Subtree.*\n[^]*[├└]─ /)
    await pane.type('g')
    await pane.shows(/per user.*\n[^]*^Count/m)
    await pane.type('ggg')
    await pane.shows(/^ {4}PID/m)
    await pane.type('u')
    await pane.shows(/memory \d{6,} total/)
    await pane.type('+')
    await pane.shows(/every 0\.5 s/)
    await pane.type('h')
    await pane.shows(/any key goes back/)
    await pane.type('x')
    await pane.until((screen) => !screen.includes('any key goes back'), 'the help goes')
  })

  it('filters by what is typed, and leaves the filter alone on Escape', async () => {
    startNamed(`${TAG}-victim`)
    await startTop()
    await pane.type(`/${TAG}-vic`)
    await pane.shows(new RegExp(`filter: ${TAG}-vic_`))
    await pane.type(`tim$|${TAG}-victim \n`)
    await pane.press('Enter')
    await pane.shows(/^1-1 of 1 .*quit/m)
    await pane.type('/x(')
    await pane.press('Enter')
    await pane.shows(/Invalid regular expression/)
    await pane.press('Escape')
    await pane.shows(/^1-1 of 1 .*quit/m)
  })

  it('pauses and goes on', async () => {
    await startTop()
    await pane.type(' ')
    const paused = await pane.shows(/paused/)
    const victim = startNamed(`while-paused-${TAG}`)
    await pane.type(`/while-paused-${TAG}`)
    await pane.press('Enter')
    assert.match(await pane.shows(new RegExp(`filter /while-paused-${TAG}/`)), /nothing to show/)
    assert.ok(victim.pid !== undefined && paused.length > 0)
    await pane.type(' ')
    await pane.shows(/^1-1 of 1 /m)
  })

  it('goes on without a filter that takes too long, and lets it be written anew', async () => {
    const name = `${'a'.repeat(50)}-${TAG}`
    startNamed(name)
    await startTop()
    await pane.type(`/(a+)+-none-${TAG}`)
    await pane.press('Enter')
    await pane.shows(/filter: \(a\+\)\+-none-.*--filter: the expression takes too long/)
    await pane.press('C-u')
    await pane.type(name.slice(-40))
    await pane.press('Enter')
    await pane.shows(/^1-1 of 1 .*quit/m)
  })

  it('shows hostile names escaped', async () => {
    startNamed(HOSTILE)
    await pane.resize(160, 30)
    await startTop(`${OFTEN} --filter evil-${TAG}`)
    await pane.until((screen) => screen.includes(`evil-${TAG}\\x1b[31mred\\x07\\nnext line\\u202e 1000`), 'the name is escaped')
    assert.doesNotMatch(await pane.screen(), /^next line/m)
  })

  it('scrolls, and is drawn anew when the terminal changes its size', async () => {
    for (let nth = 0; nth < 12; nth++) startNamed(`m-${TAG}-${nth}`)
    await startTop(`${OFTEN} --filter ^m-${TAG}- --sort command`)
    await pane.shows(/^1-12 of 12/m)
    await pane.resize(80, 10)
    const small = await pane.shows(/^1-5 of 12/m)
    assert.equal(small.trimEnd().split('\n').length, 10)
    assert.match(small, new RegExp(`m-${TAG}-0 1000$`, 'm'))
    await pane.press('Down')
    await pane.shows(/^2-6 of 12/m)
    await pane.press('PageDown')
    await pane.shows(/^7-11 of 12/m)
    await pane.press('End')
    await pane.shows(/^8-12 of 12/m)
    await pane.press('PageUp')
    await pane.shows(/^3-7 of 12/m)
    await pane.press('Home')
    await pane.shows(/^1-5 of 12/m)
    await pane.press('End')
    await pane.resize(100, 40)
    await pane.shows(/^1-12 of 12/m)
  })

  it('leaves the terminal as it was on q', async () => {
    const modes = (name: string): string => `stty -g > ${join(directory, name)}`
    await pane.type(`${modes('before')}; node --import tsx ${SCRIPT} ${OFTEN}; echo status=$?; ${modes('after')}; echo done\n`)
    await pane.shows(TABLE)
    await pane.type('q')
    await isRestored(/^status=0\ndone$/m)
    assert.equal(readFileSync(join(directory, 'after'), 'utf8'), readFileSync(join(directory, 'before'), 'utf8'))
  })

  for (const [signal, status] of [['SIGTERM', 143], ['SIGHUP', 129]] as const) {
    it(`leaves the terminal as it was on ${signal}, and ends by it`, async () => {
      await startTop()
      process.kill(await topPid(), signal)
      await isRestored(new RegExp(`^status=${status}$`, 'm'))
    })
  }

  for (const [how, end] of [
    ['on Ctrl-C', () => pane.press('C-c')],
    ['on SIGINT', async () => process.kill(await topPid(), 'SIGINT')],
  ] as const) {
    it(`leaves the terminal as it was ${how}`, async () => {
      // The shell gives up the rest of the line when a program ends by SIGINT: what comes next is its prompt.
      await startTop()
      await end()
      await isRestored(/^(status=130|\$ ?)$/m)
    })
  }

  it('leaves the terminal as it was on an uncaught exception', async () => {
    const preload = join(directory, 'boom.mjs')
    writeFileSync(preload, "process.on('SIGUSR2', () => { throw new Error('boom') })\n")
    await startTop(OFTEN, `--import ${preload}`)
    process.kill(await topPid(), 'SIGUSR2')
    await pane.shows(/Error: boom/)
    await isRestored(/^status=[17]$/m)
  })

  it('is drawn anew after SIGSTOP and SIGCONT', async () => {
    // In a script, whose shell waits on: an interactive one would take the terminal.
    await pane.type(`sh -c 'node --import tsx ${SCRIPT} ${OFTEN}; echo status=$?'\n`)
    await pane.shows(TABLE)
    const pid = await topPid()
    process.kill(pid, 'SIGSTOP')
    await waitFor(() => stateOf(pid) === 'T', DEADLINE_MS, 'the command stops')
    // A line that it has no reason to draw again.
    writeFileSync(await pane.device(), '\x1b[29;1Hwritten by another')
    await pane.shows(/written by another/)
    process.kill(pid, 'SIGCONT')
    await pane.until((screen) => TABLE.test(screen) && !screen.includes('written by another'), 'the table is drawn anew')
    await pane.type('q')
    await isRestored(/^status=/m)
  })

  it('gives the terminal back on Ctrl-Z and takes it again with fg', async () => {
    await startTop()
    await pane.press('C-z')
    const stopped = await pane.shows(/Stopped/i)
    assert.doesNotMatch(stopped, TABLE)
    assert.match(stopped, /what was before/)
    const { alternateScreen, cursorVisible } = await pane.state()
    assert.deepEqual([alternateScreen, cursorVisible], [false, true])
    await pane.type('echo typed; fg\n')
    await pane.shows(TABLE)
    await pane.type('q')
    await pane.until((screen) => !TABLE.test(screen), 'the table goes')
    await pane.type('echo still here\n')
    // Typed ahead, it may come after the prompt.
    await pane.shows(/^(\$ )?still here$/m)
    assert.equal((await pane.state()).cursorVisible, true)
  })

  it('ends after --count refreshes', async () => {
    await pane.type(`node --import tsx ${SCRIPT} ${OFTEN} --count 3; echo status=$?\n`)
    await isRestored(/^status=0$/m)
  })

  it('leaves the last table on the screen without the alternate one', async () => {
    await startTop(`${OFTEN} --no-alt-screen`)
    assert.equal((await pane.state()).alternateScreen, false)
    await pane.type('q')
    const screen = await pane.shows(/^status=0$/m)
    assert.match(screen, /^ {4}PID User/m)
    assert.equal((await pane.state()).cursorVisible, true)
  })

  it('uses colours, and none when NO_COLOR is set', async () => {
    await startTop()
    await waitFor(async () => (await pane.screen(true)).includes('\x1b[7m'), DEADLINE_MS, 'the header is inverse')
    await pane.type('q')
    await isRestored(/^status=0$/m)
    await pane.type('clear; export NO_COLOR=1\n')
    await startTop()
    await pane.shows(/q quit {2}h help/)
     
    assert.doesNotMatch(await pane.screen(true), /\x1b\[[1-9][0-9;]*m/)
  })

  it('prints plain tables on a terminal that can do no more', async () => {
    await pane.type(`TERM=dumb node --import tsx ${SCRIPT} --count 1 --filter no-such-process; echo status=$?\n`)
    const screen = await pane.shows(/^status=0$/m)
    assert.match(screen, /^what was before$/m)
    assert.match(screen, TABLE)
  })
})

/** The name of a process's controlling terminal; undefined when it has none. */
function ttyOf(pid: string): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const device = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4])
  if (device === 0) return undefined
  return `/dev/pts/${(device & 0xff) | ((device >> 12) & 0xfff00)}`
}
