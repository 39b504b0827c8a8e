/** examples/leaky-cluster as it is, with the library from its sources. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runLoad } from '../support/load_client.ts'
import { waitFor, within } from '../support/wait_for.ts'

const ROOT = new URL('../../', import.meta.url)
const DEADLINE_MS = 1000 * 90

describe('examples/leaky-cluster', () => {
  let folder: string
  let primary: ChildProcess | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'smem-ts-example-'))
    cpSync(new URL('examples/leaky-cluster', ROOT), folder, { recursive: true })
    const library = join(folder, 'node_modules', 'smem-ts')
    mkdirSync(library, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(library, 'package.json'), '{ "name": "smem-ts", "type": "module", "exports": { "./*": "./*.js" } }')
    for (const door of ['watchdog', 'worker']) writeFileSync(join(library, `${door}.js`), `export * from '${new URL(`src/${door}.ts`, ROOT).href}'\n`)
  })
  afterEach(() => {
    primary?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('replaces the worker that leaks, within two ticks of its limit, and no other, and loses no request', async function () {
    this.timeout(DEADLINE_MS * 2)
    const loader = pathToFileURL(join(ROOT.pathname, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href
    primary = spawn(process.execPath, ['--import', loader, 'primary.js'], {
      cwd: folder, env: { ...process.env, LIMIT: '150MB', PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    primary.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    const lines = (pattern: RegExp): string[][] => text.split('\n').flatMap((line) => [line.match(pattern) ?? []]).filter((match) => match.length > 0)
    await waitFor(() => lines(/listens at port/).length >= 4, DEADLINE_MS, 'the workers listen')
      .catch((error: Error) => { throw new Error(`${error.message}; it printed: ${text}`) })

    const stop = new AbortController()
    const port = Number(/port (\d+)/.exec(text)?.[1])
    const loads = [true, false].map((keepAlive) => runLoad({ port, keepAlive, concurrency: 4, path: '/', signal: stop.signal }))
    await waitFor(() => lines(/has taken over/).length >= 2, DEADLINE_MS, 'the leaking worker is replaced twice')
      .catch((error: Error) => { throw new Error(`${error.message}; it printed: ${text}`) })
    stop.abort()
    for (const { requests, failures } of await Promise.all(loads)) {
      assert.ok(requests > 0)
      assert.deepEqual([...failures], [])
    }
    const decisions = lines(/^recycle worker .*/).map(([line]) => line)
    assert.ok(decisions.length >= 2)
    for (const line of decisions) assert.match(line ?? '', /2 strikes of 2/, 'decided at the second tick beyond the limit')
    assert.deepEqual([...new Set(text.match(/slot \d+: worker/g))], ['slot 0: worker'])

    const ended = once(primary, 'exit')
    primary.kill('SIGTERM')
    assert.deepEqual(await within(ended, DEADLINE_MS, 'the primary ends after SIGTERM'), [0, null])
  })
})
