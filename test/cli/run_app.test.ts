import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reforkText } from '../../src/cli/run_app.ts'
import { needsForks } from '../fork/support/run_program.ts'
import { runLoad } from '../support/load_client.ts'
import { bundleMold } from '../support/mold_bundle.ts'
import { statFields } from '../support/programs.ts'
import { waitFor, within } from '../support/wait_for.ts'

const DEADLINE_MS = 1000 * 60
const ASK_AGAIN_MS = 1000 * 3

describe('smem-ts run', () => {
  let child: ChildProcess | undefined
  let text = ''
  afterEach(() => {
    child?.kill('SIGKILL')
  })

  const start = (...args: readonly string[]): Promise<ChildProcess> => startWith({}, ...args)

  async function startWith(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<ChildProcess> {
    const { command, app } = await bundleMold()
    text = ''
    child = spawn(process.execPath, [command, 'run', fileURLToPath(app), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env },
    })
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    return child
  }

  const printed = async (pattern: RegExp): Promise<RegExpExecArray> => {
    let match: RegExpExecArray | null = null
    await waitFor(() => (match = pattern.exec(text)) !== null, DEADLINE_MS, `${pattern} is printed`)
      .catch((error: Error) => { throw new Error(`${error.message}; it printed: ${text}`) })
    return match ?? assert.fail()
  }

  it('runs an application, tells what a refork brought, and ends with all that it started', async function () {
    needsForks(this)
    const command = await start('--workers', '2', '--port', '0', '--host', '127.0.0.1', '--title', 'shop')
    const [, port = '', mold = ''] = await printed(/ 2 workers on port (\d+), copies of process (\d+)\n/)
    const { failures, pids } = await runLoad({ port: Number(port), keepAlive: false, concurrency: 4, requests: 50 })
    assert.deepEqual([...failures], [])
    command.kill('SIGUSR2')
    const [, before, after, back = '', unit, way] = await printed(
      / generation 1 took over in [\d.]+ s: PSS of all ([\d.]+)M -> ([\d.]+)M, ([\d.]+)([KM]) (came back|more)\n/)
    const megabytes = (way === 'more' ? -1 : 1) * Number(back) / (unit === 'K' ? 1024 : 1)
    assert.ok(Math.abs(Number(before) - Number(after) - megabytes) < 0.2, `${before} - ${after} is not ${megabytes}`)
    const ended = once(command, 'exit')
    command.kill('SIGTERM')
    assert.deepEqual(await within(ended, DEADLINE_MS, 'it ends after SIGTERM'), [143, null])
    for (const pid of [mold, ...pids.keys()]) assert.throws(() => process.kill(Number(pid), 0), /ESRCH/, pid)
  })

  it('ends at the first SIGTERM while the application is loaded, with all that it started', async function () {
    needsForks(this)
    const folder = mkdtempSync(join(tmpdir(), 'smem-ts-run-'))
    try {
      writeFileSync(join(folder, 'wait-load'), '')
      const command = await startWith({ APP_FOLDER: folder }, '--port', '0')
      let mold = 0
      await waitFor(() => {
        mold = Number(readFileSync(join(folder, 'at-load'), { encoding: 'utf8', flag: 'a+' }))
        return mold !== 0
      }, DEADLINE_MS, 'it is loaded')
      const ended = once(command, 'exit')
      command.kill('SIGTERM')
      assert.deepEqual(await within(ended, DEADLINE_MS, 'it ends after SIGTERM'), [143, null])
      assert.throws(() => process.kill(mold, 0), { code: 'ESRCH' })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('ends as gently at SIGHUP, which does nothing to the others when a terminal that goes sends it to all', async function () {
    needsForks(this)
    const command = await start('--workers', '2', '--port', '0', '--host', '127.0.0.1')
    const [, port = '', mold = ''] = await printed(/ 2 workers on port (\d+), copies of process (\d+)\n/)
    const load = { port: Number(port), keepAlive: false, concurrency: 2, requests: 40 }
    const { pids } = await runLoad(load)
    for (const pid of [mold, ...pids.keys()]) process.kill(Number(pid), 'SIGHUP')
    const { failures, pids: after } = await runLoad(load)
    assert.deepEqual([[...failures], [...after.keys()].every((pid) => pids.has(pid))], [[], true])
    const ended = once(command, 'exit')
    command.kill('SIGHUP')
    assert.deepEqual(await within(ended, DEADLINE_MS, 'it ends after SIGHUP'), [129, null])
    for (const pid of [mold, ...pids.keys()]) assert.throws(() => process.kill(Number(pid), 0), /ESRCH/, pid)
  })

  describe('at the second signal', () => {
    let folder: string
    let socket: string
    beforeEach(function () {
      needsForks(this)
      folder = mkdtempSync(join(tmpdir(), 'smem-ts-run-'))
      socket = join(folder, 'socket')
    })
    afterEach(() => rmSync(folder, { recursive: true, force: true }))

    /** The file of the socket goes when the pool begins to end: two signals at a time could be one. */
    async function signalTwice(command: ChildProcess): Promise<unknown[]> {
      const ended = once(command, 'exit')
      command.kill('SIGTERM')
      await waitFor(() => !existsSync(socket), DEADLINE_MS, 'it begins to end')
      command.kill('SIGTERM')
      return within(ended, DEADLINE_MS, 'it ends after the second SIGTERM')
    }

    it('ends at once, by that signal, with workers that have work left and those that are stopped', async () => {
      writeFileSync(join(folder, 'wait-drain'), '')
      const command = await startWith({ APP_FOLDER: folder }, '--workers', '3', '--socket', socket, '--drain-timeout', '10m')
      const [, mold = ''] = await printed(/ 3 workers on .*, copies of process (\d+)\n/)
      const children = childrenOf(command.pid ?? 0)
      assert.equal(children.length, 4)
      process.kill(children.find((pid) => pid !== Number(mold)) ?? 0, 'SIGSTOP')
      assert.deepEqual(await signalTwice(command), [null, 'SIGTERM'])
      for (const pid of children) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    })

    it('ends at once while the application is loaded', async () => {
      writeFileSync(join(folder, 'stop-load'), '')
      const command = await startWith({ APP_FOLDER: folder }, '--workers', '1', '--socket', socket)
      await waitFor(() => existsSync(socket) && childrenOf(command.pid ?? 0).some(isStopped), DEADLINE_MS, 'it is loaded')
      const children = childrenOf(command.pid ?? 0)
      assert.deepEqual(await signalTwice(command), [null, 'SIGTERM'])
      for (const pid of children) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    })
  })

  describe('whose log cannot be written', () => {
    const said = /^smem-ts: standard output cannot be written to \((.*)\): lines that cannot be written are lost; the workers serve on$/gm
    const reasons = (): unknown[] => [...text.matchAll(said)].map(([, reason]) => reason)

    it('serves on when its reader has gone, and says so once', async function () {
      needsForks(this)
      this.timeout(DEADLINE_MS * 3)
      const command = await start('--workers', '1', '--port', '0', '--host', '127.0.0.1')
      const [, port = '', mold = ''] = await printed(/ 1 worker on port (\d+), copies of process (\d+)\n/)
      command.stdout?.destroy()
      let last = [Number(mold)]
      for (let turn = 0; turn < 2; turn++) {
        const before = last
        let askedAt = -Infinity
        await waitFor(() => {
          // While the one before ends, a refork that is asked for is that one.
          if (performance.now() - askedAt > ASK_AGAIN_MS) {
            command.kill('SIGUSR2')
            askedAt = performance.now()
          }
          last = childrenOf(command.pid ?? 0)
          return last.length === 2 && !before.some((pid) => last.includes(pid))
        }, DEADLINE_MS, `a refork; ${text}`)
        last = last.filter((pid) => / mold gen /.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')))
      }
      const { failures } = await runLoad({ port: Number(port), keepAlive: false, concurrency: 1, requests: 10 })
      assert.deepEqual([[...failures], reasons()], [[], ['EPIPE: nobody reads it any more']])
    })

    it('starts when the disk is full', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'smem-ts-run-'))
      const full = openSync('/dev/full', 'w')
      try {
        const { command, app } = await bundleMold()
        text = ''
        const path = join(folder, 'socket')
        child = spawn(process.execPath, [command, 'run', fileURLToPath(app), '--socket', path, '--workers', '1', '--mode', 'spawn'], {
          stdio: ['ignore', full, 'pipe'],
        })
        child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        await printed(/lines that cannot be written are lost/)
        const answer = once(http.get({ socketPath: path, agent: false }), 'response')
        const [response] = await within(answer, DEADLINE_MS, 'an answer') as [http.IncomingMessage]
        assert.deepEqual([response.resume().statusCode, reasons()], [200, ['ENOSPC']])
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        assert.deepEqual(await within(ended, DEADLINE_MS, 'it ends after SIGTERM'), [143, null])
      } finally {
        closeSync(full)
        rmSync(folder, { recursive: true, force: true })
      }
    })
  })

  it('copies anew after so many requests, and tells why and what it brought', async function () {
    needsForks(this)
    await start('--workers', '2', '--port', '0', '--host', '127.0.0.1', '--refork-after', '20,100000')
    const [, port = ''] = await printed(/ 2 workers on port (\d+), /)
    const { failures } = await runLoad({ port: Number(port), keepAlive: false, concurrency: 2, requests: 100 })
    assert.deepEqual([...failures], [])
    await printed(/ refork.* requests.*\n/)
    await printed(/ generation 1 took over in [\d.]+ s: PSS of all /)
  })

  describe('where processes cannot be copied', () => {
    const env = { SMEM_TS_BACKEND: 'typescript' }

    it('fails in mode cow, which is the default, with the reason and the way out', async () => {
      const [code] = await within(once(await startWith(env, '--port', '0'), 'close'), DEADLINE_MS, 'it ends') as [number]
      assert.equal(code, 1, text)
      assert.match(text, /no copies of processes can be made here: forking needs the addon: .*; mode 'auto' or 'spawn' has each worker load/)
    })

    it('spawns in mode auto, says so, and that there is nothing to copy anew', async () => {
      await startWith(env, '--port', '0', '--host', '127.0.0.1', '--workers', '2', '--mode', 'auto', '--refork-after', '1')
      const [, port = ''] = await printed(/ 2 workers on port (\d+)\n/)
      await printed(/workers share no memory: no copies of processes can be made here: forking needs the addon/)
      await printed(/there are no copies, and so nothing to copy anew: --refork-after and --refork-when-it-pays have no effect/)
      const { failures, pids } = await runLoad({ port: Number(port), keepAlive: false, concurrency: 4, requests: 50 })
      assert.deepEqual([[...failures], pids.size > 0], [[], true])
    })

    it('says nothing of it in mode spawn', async () => {
      await startWith(env, '--port', '0', '--workers', '1', '--mode', 'spawn')
      await printed(/ 1 worker on port \d+\n/)
      assert.doesNotMatch(text, /copies/)
    })
  })

  for (const [args, message] of [
    [[], /run needs to know where to listen: --port or --socket/],
    [['--port', '70000'], /--port: must be a number from 0 to 65535, got '70000'/],
    [['--host', '::1', '--socket', '/x'], /--host is for --port, which is not given/],
    [['--port', '0', '--mode', 'spawn', '--refork-after', '5'], /--mode spawn: there are no copies/],
    [['--port', '0', '--refork-after', '5,x'], /--refork-after: must be a number of requests, or several separated by commas, got '5,x'/],
    [['--port', '0', '--max-uss', 'much'], /--max-uss: must be a size such as 300MB, or a share of the memory limit such as 40%, got 'much'/],
    [['--port', '0', '--workers', '0'], /--workers/],
  ] as const) {
    it(`refuses ${args.join(' ') || 'to listen nowhere'}`, async () => {
      const [code] = await within(once(await start(...args), 'close'), DEADLINE_MS, 'it ends') as [number]
      assert.equal(code, 2, text)
      assert.match(text, message)
    })
  }

  it('says what a refork has brought, or why it has come to nothing', () => {
    const outcome = { status: 'done', replaced: [], kept: [], failure: undefined, tookMs: 1 } as const
    const refork = { status: 'done', generation: 3, failure: undefined, tookMs: 840, steps: {}, outcome } as const
    const [large, small] = [{ pss: 917 * 2 ** 20, uss: 1 }, { pss: 234 * 2 ** 20, uss: 1 }]
    assert.equal(reforkText({ ...refork, before: large, after: small }),
      'generation 3 took over in 0.8 s: PSS of all 917.0M -> 234.0M, 683.0M came back')
    assert.match(reforkText({ ...refork, before: small, after: large }), /234.0M -> 917.0M, 683.0M more$/)
    assert.match(reforkText({ ...refork, before: small, after: { pss: undefined, uss: undefined } }), /PSS not readable$/)
    assert.equal(reforkText({ ...refork, status: 'failed', failure: 'no worker serves', before: small, after: small }),
      'refork failed: no worker serves; generation 3 serves on')
  })
})

function childrenOf(pid: number): number[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return names.map(Number).filter((child) => Number(statFields(child)?.[1]) === pid)
}

function isStopped(pid: number): boolean {
  return statFields(pid)?.[0] === 'T'
}
