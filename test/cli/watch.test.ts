import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NotifySocket } from '../support/notify_socket.ts'
import { isNative } from '../support/backends.ts'
import { startBinary, stateOf, stopPrograms, type Started } from '../support/programs.ts'
import { evaluate } from '../support/run_script.ts'
import { skip } from '../support/skip.ts'
import { waitFor, within } from '../support/wait_for.ts'
import { startCommand, type CommandResult, type RunningCommand } from './support/run_command.ts'
import { runKept } from './support/in_process.ts'
import { Schema } from './support/schema.ts'

const DEADLINE_MS = 1000 * 40
const NOBODY = 65534
/**
 * hold.py NAME MEGABYTES MOST KIND: holds so many megabytes and grows by 2 MB every 20 ms up to MOST; a stubborn one ignores SIGTERM.
 */
const HOLD = `
import signal, sys, time
have, most = int(sys.argv[2]), int(sys.argv[3])
if sys.argv[4] == 'stubborn': signal.signal(signal.SIGTERM, signal.SIG_IGN)
kept = [bytearray(b'x' * (have << 20))]
print('ready', flush=True)
while have < most:
    time.sleep(0.02)
    kept.append(bytearray(b'x' * (2 << 20)))
    have += 2
signal.pause()
`
const FAST = ['--interval', '100ms', '--strikes', '2']

function isRunning({ child, pid }: Started): boolean {
  return child.exitCode === null && child.signalCode === null && stateOf(pid) !== undefined
}

function endedBy({ child, pid }: Started, signal: NodeJS.Signals): Promise<void> {
  return waitFor(() => child.signalCode === signal, DEADLINE_MS, `process ${pid} is ended by ${signal}`)
}

describe('smem-ts watch', function () {
  this.timeout(1000 * 90)
  let directory: string
  const watches: RunningCommand[] = []
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'smem-ts-watch-'))
  })
  afterEach(async () => {
    for (const { child } of watches) child.kill('SIGKILL')
    watches.length = 0
    await stopPrograms()
    rmSync(directory, { recursive: true, force: true })
  })

  function hold(megabytes: number, { growTo = 0, stubborn = false, name = 'plain' } = {}): Promise<Started> {
    const program = join(directory, 'hold.py')
    writeFileSync(program, HOLD)
    return startBinary('python3', [program, name, `${megabytes}`, `${growTo}`, stubborn ? 'stubborn' : 'meek'])
  }

  /** A watch, and what it has printed so far. */
  function watch(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const running = startCommand('watch', args, env)
    watches.push(running)
    const printed = { stdout: '', stderr: '' }
    running.child.stdout?.on('data', (piece: string) => (printed.stdout += piece))
    running.child.stderr?.on('data', (piece: string) => (printed.stderr += piece))
    return {
      ...running,
      printed,
      end: async (signal: NodeJS.Signals = 'SIGTERM'): Promise<CommandResult> => {
        running.child.kill(signal)
        return within(running.ended, DEADLINE_MS, 'the watch ends')
      },
      says: (expression: RegExp): Promise<void> => waitFor(
        () => expression.test(printed.stdout + printed.stderr), DEADLINE_MS, `${expression}; it said: ${printed.stdout}${printed.stderr}`,
      ),
    }
  }

  it('ends a process that grows beyond its limit, tells why and what that freed, and is done when that was all', async () => {
    const [growing, steady] = await Promise.all([hold(1, { growTo: 400 }), hold(60)])
    const { stdout, stderr, code } = await watch(['--pid', `${growing.pid}`, '--max-uss', '90MB', ...FAST]).ended
    await endedBy(growing, 'SIGTERM')
    assert.ok(isRunning(steady))
    const [decision = '', effect = '', ...more] = stdout.trimEnd().split('\n')
    const time = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z '
    assert.match(decision, new RegExp(`${time}end worker 1 \\(slot 0, pid ${growing.pid}\\): USS \\d+ MB is above its limit of 90 MB, 2 strikes of 2, read .* \\[.*hold\\.py plain 1 400 meek\\]$`))
    assert.match(effect, new RegExp(`${time}ending worker 1 \\(slot 0\\) freed \\d+ MB so far: .* \\[.*hold\\.py plain 1 400 meek\\]$`))
    assert.deepEqual([more, stderr, code], [[], '', 0])
  })

  it('only says what it would do in a dry run', async () => {
    const big = await hold(80)
    const watching = watch(['--pid', `${big.pid}`, '--max-uss', '40MB', ...FAST, '--dry-run', '--for', '2s'])
    const { stdout, code } = await watching.ended
    assert.match(stdout, new RegExp(`^\\S+Z dry run: would end worker 1 \\(slot 0, pid ${big.pid}\\): USS \\d+ MB is above its limit of 40 MB`))
    assert.equal(stdout.trimEnd().split('\n').length, 1, 'once, not every time that it looks')
    assert.equal(code, 0)
    assert.ok(isRunning(big))
  })

  it('leaves a process alone whose memory is shared', async function () {
    const shared = await startBinary('python3', ['-c', `
import mmap, os, signal, sys
kept = mmap.mmap(-1, 80 << 20)
for at in range(0, len(kept), 4096): kept[at] = 1
child = os.fork()
if child == 0:
    for at in range(0, len(kept), 4096): kept[at]
    print('ready', flush=True)
    sys.stdin.read() # ends with the test's end of the pipe
    os._exit(0)
signal.pause()
`])
    const watching = watch(['--pid', `${shared.pid}`, '--max-uss', '60MB', ...FAST, '--for', '2s'])
    assert.deepEqual(await watching.ended.then(({ code, stdout }) => [code, stdout]), [0, ''])
    assert.ok(isRunning(shared))
  })

  it('finds the process of a pid file again when the service was started again', async () => {
    const path = join(directory, 'app.pid')
    const write = (text: string): void => {
      writeFileSync(`${path}.new`, text)
      renameSync(`${path}.new`, path)
    }
    const small = await hold(1)
    write(`${small.pid}\n`)
    const watching = watch(['--pidfile', path, '--max-rss', '60MB', ...FAST])
    rmSync(path)
    await watching.says(/app\.pid does not exist; waiting/)
    const big = await hold(80)
    write(`${big.pid}\n`)
    await endedBy(big, 'SIGTERM')
    const { code, stderr } = await watching.end()
    assert.ok(isRunning(small))
    assert.match(stderr, /app\.pid is well again/)
    assert.equal(code, 0)
  })

  it('finds new processes that match, and never itself', async () => {
    const name = `needle-${process.pid}`
    const watching = watch(['--match', name, '--max-rss', '70MB', ...FAST, '--interval', '200ms'])
    const [big, other] = await Promise.all([hold(100, { name }), hold(100)])
    await endedBy(big, 'SIGTERM')
    await watching.says(/end worker/)
    const { code, stdout } = await watching.end('SIGINT')
    assert.match(stdout, new RegExp(`pid ${big.pid}\\)`))
    assert.equal(stdout.match(/ end worker/g)?.length, 1)
    assert.equal(code, 0)
    assert.ok(isRunning(other))
  })

  it('kills what ignores the signal', async () => {
    const stubborn = await hold(80, { stubborn: true })
    const watching = watch(['--pid', `${stubborn.pid}`, '--max-rss', '60MB', ...FAST, '--kill-after', '300ms'])
    await endedBy(stubborn, 'SIGKILL')
    await watching.says(new RegExp(`Z sent SIGKILL to process ${stubborn.pid}: has not ended within 0\\.3 s of SIGTERM`))
  })

  it('sends the signal that it was told to', async () => {
    const big = await hold(80)
    watch(['--pid', `${big.pid}`, '--max-rss', '60MB', ...FAST, '--signal', 'usr1'])
    await endedBy(big, 'SIGUSR1')
  })

  it('leaves alone, and says so, what has not ended when it is ended itself', async () => {
    const stubborn = await hold(80, { stubborn: true })
    const watching = watch(['--pid', `${stubborn.pid}`, '--max-rss', '60MB', ...FAST, '--kill-after', '1s'])
    await watching.says(/end worker 1/)
    const { code, stderr } = await watching.end()
    assert.equal(stderr, `smem-ts: process ${stubborn.pid} was sent SIGTERM and has not ended: it is left alone, not killed\n`)
    assert.equal(code, 0)
    // Its second is over before two more programs have been started.
    await Promise.all([hold(1), hold(1)])
    assert.ok(isRunning(stubborn))
  })

  it('replaces nothing, but sums up the pool: the one with the largest USS goes', async () => {
    const [small, big] = await Promise.all([hold(40), hold(90)])
    watch(['--pid', `${small.pid},${big.pid}`, '--max-pool-pss', '110MB', ...FAST])
    await endedBy(big, 'SIGTERM')
    assert.ok(isRunning(small))
  })

  it('ends what has run for too long', async () => {
    const program = await hold(1)
    watch(['--pid', `${program.pid}`, '--max-age', '100ms', ...FAST])
    await endedBy(program, 'SIGTERM')
  })

  it('ends what has grown to a multiple of what it was', async () => {
    const path = join(directory, 'go')
    const program = await startBinary('python3', ['-c', `
import os, signal, time
print('ready', flush=True)
while not os.path.exists('${path}'): time.sleep(0.02)
time.sleep(1)
kept = bytearray(b'x' * (160 << 20))
signal.pause()
`])
    const watching = watch(['--pid', `${program.pid}`, '--growth', '2', ...FAST, '--json'])
    await waitFor(() => holdsOpen(watching.child.pid ?? 0, `/proc/${program.pid}/statm`), DEADLINE_MS, 'it watches')
    writeFileSync(path, '')
    await endedBy(program, 'SIGTERM')
    await watching.says(/"reason":"growth"/)
  })

  it('prints lines of JSON as documented, whatever the name of the process', async () => {
    const schema = new Schema(new URL('../../docs/json.md', import.meta.url))
    const name = '\x1b[31mred\u202e\nREADY=1 "}'
    const big = await hold(80, { name, stubborn: true })
    const args = ['--pid', `${big.pid}`, '--max-uss', '50MB', ...FAST, '--kill-after', '100ms', '--json']
    const { stdout } = await watch(args).ended
    assert.equal(stdout.replaceAll('\n', '').search(/\p{Cc}|\u202e/u), -1, 'nothing in it acts on a terminal')
    const lines = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    for (const line of lines) schema.check(line, `watch ${String(line['type'])}`)
    assert.deepEqual(lines.map(({ type }) => type), ['decision', 'killed', 'effect'])
    for (const { process } of lines) {
      const { pid, commandLine } = process as { pid: number; commandLine: string[] }
      assert.deepEqual([pid, commandLine[2]], [big.pid, name])
    }
    assert.deepEqual(schema.unseen().filter((field) => field.startsWith('watch ')), [])
  })

  it('shows no name of a process as it is', async () => {
    const big = await hold(80, { name: '\x1b[31mred\u202e\nREADY=1' })
    const watching = watch(['--pid', `${big.pid}`, '--max-uss', '50MB', ...FAST, '--dry-run'])
    await watching.says(/would end/)
    const { stdout, stderr } = await watching.end()
    assert.equal((stdout + stderr).replaceAll('\n', '').search(/\p{Cc}|\u202e/u), -1)
    assert.ok(stdout.includes('hold.py \\x1b[31mred\\u202e\\nREADY=1 80'), stdout)
  })

  it('tells the service manager how it is, and gives signs of life', async function () {
    if (!isNative()) skip(this, 'datagrams of Unix sockets need the addon')
    await using socket = await NotifySocket.open()
    const big = await hold(80)
    const watching = watch(['--pid', `${big.pid}`, '--max-rss', '60MB', '--interval', '100ms'], {
      NOTIFY_SOCKET: socket.address, WATCHDOG_USEC: '200000',
    })
    const has = (expression: RegExp) => (): boolean => socket.messages.some((message) => expression.test(message))
    await waitFor(has(/^READY=1$/), DEADLINE_MS, 'READY=1')
    assert.equal(socket.messages[0], 'STATUS=watching 1 process')
    await waitFor(has(/^STATUS=watching 0 processes; 1 decision, 1 ended$/), DEADLINE_MS, 'the status')
    await waitFor(() => socket.messages.filter((message) => message === 'WATCHDOG=1').length >= 3, DEADLINE_MS, 'signs of life')
    await watching.end()
    await waitFor(has(/^STOPPING=1$/), DEADLINE_MS, 'STOPPING=1')
  })

  it('says once, and with the cure, that it may not send a signal', async function () {
    if (process.geteuid?.() !== 0) skip(this, 'only root can become another user')
    const big = await hold(80)
    const { notes, code } = await evaluate<{ notes: string[]; code: number }>(`
      import { watchSpec } from './src/cli/specs/watch.ts'
      import { readSmaps } from './src/index.ts'
      const run = await watchSpec.load()
      readSmaps()
      process.setgroups([])
      process.setgid(${NOBODY})
      process.setuid(${NOBODY})
      const notes = []
      const output = { write: async () => undefined, note: (line) => notes.push(line) }
      const values = { pid: '${big.pid}', 'max-rss': '60MB', interval: '100ms', strikes: '1', for: '2s' }
      report({ code: await run({ values, positionals: [], output, env: {} }), notes })
    `)
    const refusal = `cannot send SIGTERM to process ${big.pid}: EPERM (it belongs to another user; run as that user or root, or grant CAP_KILL)`
    assert.deepEqual([notes, code], [[refusal], 0])
    assert.ok(isRunning(big))
  })

  it('waits at its end for no effect of a signal that was refused', async function () {
    if (process.geteuid?.() !== 0) skip(this, 'only root can become another user')
    const brief = await startBinary('sh', ['-c', 'echo ready; exec sleep 6'])
    // Its effect would be waited for for half a minute more: ten intervals and the time to settle.
    const watched = evaluate<{ notes: string[]; code: number }>(`
      import { watchSpec } from './src/cli/specs/watch.ts'
      import { readSmaps } from './src/index.ts'
      const run = await watchSpec.load()
      readSmaps()
      process.setgroups([])
      process.setgid(${NOBODY})
      process.setuid(${NOBODY})
      const notes = []
      const output = { write: async () => undefined, note: (line) => notes.push(line) }
      const values = { pid: '${brief.pid}', 'max-rss': '100K', interval: '2s', strikes: '1' }
      report({ code: await run({ values, positionals: [], output, env: {} }), notes })
    `)
    const { notes, code } = await within(watched, 1000 * 20, 'a watch ends when what it could not end has ended by itself')
    assert.match(notes[0] ?? '', new RegExp(`^cannot send SIGTERM to process ${brief.pid}: EPERM`))
    assert.equal(code, 0)
  })

  it('refuses command lines that make no sense', async () => {
    const limit = ['--max-uss', '1GB']
    const cases: [args: string[], message: RegExp][] = [
      [limit, /^watch needs processes: --pid, --pidfile, --cgroup or --match$/],
      [['--pid', '1234567'], /^watch needs a limit: --max-uss, /],
      [['--pid', '0', ...limit], /^--pid: '0' is no process id$/],
      [['--pid', '1', ...limit], /^--pid: process 1 is never watched/],
      [['--pid', String(process.pid), ...limit], /is never watched/],
      [['--match', '(', ...limit], /^--match: /],
      [['--pidfile', '', ...limit], /^--pidfile is empty/],
      [['--match', 'x', '--max-uss', 'much'], /^--max-uss: must be a size such as 600MB, or a share of the memory limit such as 40%, got 'much'$/],
      [['--match', 'x', '--max-pool-pss', '120%'], /^--max-pool-pss: must be a size/],
      [['--match', 'x', '--growth', '1'], /^--growth: must be a factor above 1 and up to 1000, such as 3, got '1'$/],
      [['--match', 'x', '--max-age', '5'], /^--max-age: must be a time with its unit, such as 12h, got '5'$/],
      [['--match', 'x', ...limit, '--strikes', '0'], /^--strikes: '0' is no positive whole number$/],
      [['--match', 'x', ...limit, '--interval', '1ms'], /^--interval: from 100ms to 1h$/],
      [['--match', 'x', ...limit, '--signal', 'TREM'], /^--signal: no signal 'TREM'; did you mean 'TERM'\?$/],
      [['--match', 'x', ...limit, '--kill-after', 'soon'], /^--kill-after: must be a time with its unit/],
    ]
    for (const [args, message] of cases) {
      const { code, notes } = await runKept('watch', ...args)
      assert.match(notes[0] ?? '', message)
      assert.equal(code, 2, args.join(' '))
    }
  })

  it('fails when the processes do not run', async () => {
    const gone = await hold(1)
    await gone.stop()
    const { code, notes } = await runKept('watch', '--pid', `${gone.pid}`, '--max-uss', '1GB')
    assert.deepEqual([code, notes], [1, [`process ${gone.pid}: not running`]])
  })
})

function holdsOpen(pid: number, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === path)
  } catch {
    return false // not yet started, or a descriptor that was closed meanwhile
  }
}
