import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { headerLine } from '../../src/captures/index.ts'
import { maxJsonBytes } from '../../src/captures/json_limit.ts'
import { TemporaryDirectory } from './support.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MB = 1024 * 1024

describe('JSON that is too large', function () {
  this.timeout(1000 * 60)
  let files: TemporaryDirectory

  beforeEach(() => {
    files = new TemporaryDirectory()
  })

  afterEach(() => files[Symbol.dispose]())

  /** What reading it ends with, in a process with a small heap; and how much JSON that process parses. */
  function readWithSmallHeap(path: string): { code: string, message: string, limit: number } {
    const script = `
      import { readCapture } from './src/captures/index.ts'
      import { maxJsonBytes } from './src/captures/json_limit.ts'
      const { code, message } = await readCapture(${JSON.stringify(path)}).then(() => ({ code: 'read' }), (error) => error)
      console.log(JSON.stringify({ code, message, limit: maxJsonBytes() }))
    `
    const { stdout, stderr, status } = spawnSync(
      process.execPath, ['--max-old-space-size=192', '--import', 'tsx', '--input-type=module', '--eval', script],
      { cwd: ROOT, encoding: 'utf8', timeout: 1000 * 50 })
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout) as { code: string, message: string, limit: number }
  }

  function emptyObjects(size: number): string {
    return `{"processes":[${'{},'.repeat(size / 3)}`
  }

  it('is refused, with what to use instead', () => {
    const text = emptyObjects(16 * MB)
    for (const path of [files.write('a.json', text), files.write('a.json.gz', gzipSync(text, { level: 1 }))]) {
      const { code, message } = readWithSmallHeap(path)
      assert.equal(code, 'ERR_BAD_CAPTURE')
      assert.match(message, /^.*a\.json.* has more than \d+ MB of JSON, which may not fit into memory: use a capture .*max-old-space-size/)
    }
  })

  it('is refused in a line of a record', () => {
    const header = headerLine({ startedAt: 1, everyMs: 1, hostname: 'h', kernel: 'k', bootId: undefined })
    const { code, message } = readWithSmallHeap(files.write('r', `${header}{"type":"sample","takenAt":1,${emptyObjects(16 * MB).slice(1)}\n`))
    assert.equal(code, 'ERR_BAD_CAPTURE')
    assert.match(message, /^a line of .*r has more than \d+ MB of JSON/)
  })

  it('is below what fills the heap, be it damaged or not', () => {
    const { limit } = readWithSmallHeap(files.write('small.json', '{}'))
    for (const end of ['', '{}]}']) {
      const { code, message } = readWithSmallHeap(files.write('a.json', emptyObjects(limit - 100) + end))
      assert.equal(code, 'ERR_BAD_CAPTURE')
      assert.match(message, end === '' ? /is no JSON that can be read/ : /processes\[0\]: a process without a pid/)
    }
  })

  it('is no more than 128 MB in any heap', () => {
    assert.ok(maxJsonBytes() <= 128 * MB)
  })
})
