/** examples/mold-app as it is, with the library from its sources. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleMold } from '../support/mold_bundle.ts'
import { waitFor, within } from '../support/wait_for.ts'
import { needsForks } from '../fork/support/run_program.ts'

const DEADLINE_MS = 1000 * 60

describe('examples/mold-app', () => {
  before(function () {
    needsForks(this)
  })
  let folder: string
  let primary: ChildProcess | undefined
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-example-'))
    cpSync(fileURLToPath(new URL('../../examples/mold-app', import.meta.url)), folder, { recursive: true })
    const library = join(folder, 'node_modules', 'smem-ts')
    mkdirSync(library, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(library, 'package.json'), '{ "name": "smem-ts", "type": "module", "exports": { "./*": "./*.js" } }')
    const { doors } = await bundleMold()
    for (const [door, url] of Object.entries(doors)) writeFileSync(join(library, `${door}.js`), `export * from '${url}'\n`)
  })
  afterEach(() => {
    primary?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('has workers that share the table, copies them anew, and ends', async () => {
    primary = spawn(process.execPath, ['primary.js'], {
      cwd: folder, env: { ...process.env, MODE: 'cow', PORT: '0', WORKERS: '2', ENTRIES: '100000' }, stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    primary.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    const printed = (pattern: RegExp): Promise<void> => waitFor(() => pattern.test(text), DEADLINE_MS, String(pattern))
      .catch((error: Error) => { throw new Error(`${error.message}; it printed: ${text}`) })
    await printed(/^worker 1 \(pid \d+\): RSS \d+ MB, PSS \d+ MB, USS \d+ MB$/m)
    const [, rss, uss] = /RSS (\d+) MB, PSS \d+ MB, USS (\d+) MB/.exec(text) ?? []
    assert.ok(Number(uss) < Number(rss) / 2, `most of it is shared: ${text}`)
    const answer = await fetch(`http://127.0.0.1:${/at port (\d+)/.exec(text)?.[1]}/4711`)
    assert.equal(await answer.text(), '{"key":4711,"value":"value 4711","hits":0}\n')
    primary.kill('SIGUSR2')
    await printed(/^generation 1 after \d+ ms: PSS \d+ MB -> \d+ MB$/m)
    const ended = once(primary, 'exit')
    primary.kill('SIGTERM')
    assert.deepEqual(await within(ended, DEADLINE_MS, 'it ends'), [0, null])
  })

  it('is like what docs/mold.md begins with, which runs as it is there', async () => {
    const text = readFileSync(fileURLToPath(new URL('../../docs/mold.md', import.meta.url)), 'utf8')
    for (const [, code = '', name = ''] of text.matchAll(/```js\n(\/\/ (\w+\.js)\n.*?)```/gs)) {
      writeFileSync(join(folder, name), code.replace('port: 3000', 'port: 0'))
    }
    primary = spawn(process.execPath, ['primary.js'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    primary.stdout?.setEncoding('utf8').on('data', (piece: string) => (printed += piece))
    await waitFor(() => /^4 workers at port \d+\n/.test(printed), DEADLINE_MS, 'it serves')
    const answer = await fetch(`http://127.0.0.1:${/\d+\n/.exec(printed)?.[0].trim()}/4711`)
    assert.equal(await answer.text(), '{"key":4711,"text":"entry 4711"}\n')
    const ended = once(primary, 'exit')
    primary.kill('SIGTERM')
    assert.deepEqual(await within(ended, DEADLINE_MS, 'it ends'), [0, null])
  })
})
